"""How a CAF travels in a BaRS message, and how such a message becomes one.

`names` holds our canonical URLs, `entries` finds the way about a message, `answers` reads the
questionnaire response, `people`, `consent` and `plan` the message's own resources, `caf` puts a
child's assessment together, `ledger` accounts for every leaf. Published in docs/caf-in-bars.md.
"""
