"""HL7 version 2: bytes to messages and back, and the answer to each.

transmission      characters, lines, one message or a batch
er7, escapes      the encoding with delimiters
reading           one message: its event, its child, what was found of it
writing           a view as a referral
acknowledgement   the answer
adapter           all of it, as the gateway sees it
"""

from adapters.health.hl7v2.acknowledgement import acknowledge
from adapters.health.hl7v2.adapter import MEDIA_TYPE, HL7v2Adapter
from adapters.health.hl7v2.writing import control_id

__all__ = ["MEDIA_TYPE", "HL7v2Adapter", "acknowledge", "control_id"]
