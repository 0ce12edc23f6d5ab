"""HL7 version 2 messages: a referral or a demographic message, and the CAF.

`message.yaml` is the mapping, `pairs` and `clinical` the value functions that only it has,
`segments` the segments, fields and components that are read, `header` what a message says of
itself, `messages` all of it ready to be used.
"""
