"""The demonstration: one referral's whole story on the embedded default, told to a person.

`story` makes it happen, with the same parts that serve real messages, and returns what happened
as data; `telling` shows that to a reader. Nobody in it exists.
"""
