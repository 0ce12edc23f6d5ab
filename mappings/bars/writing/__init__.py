"""A CAF as a BaRS message: the way back of `mappings.bars.caf`, part by part.

`draft` has the names by which the parts of one message call one another, `extensions` tells what
FHIR has no element for; `child`, `people`, `consent`, `plan` and `answers` write what the modules
of those names above read; `message`, `request` and `replies` put whole messages together.
"""
