"""Past decisions, from what the log says of them: replayed, told in words, rehearsed under others.

`decisions` reads what a decision rested on out of its entry; `replay` decides it again under the
law of then, and says where the answer differs; `rehearsal` decides what was recorded under law or
agreements that are not yet in force, and says what would become of it.
"""
