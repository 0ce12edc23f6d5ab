"""For each type of entry, what kind of AuditEvent it is.

A refusal and a decision are no AuthZconsent of BALP: that profile wants a Consent, and sharing here
rests as often on a duty or power, with no consent at all. They say AuthZ-Role, and name the
agreement. Nothing claims a profile that it does not keep.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from audit.events import EntryType
from gateway.audit_events import cast, codes
from gateway.audit_events.cast import Cast
from gateway.audit_events.codes import JSON, coding

_DONE: Final = "0"
_MINOR: Final = "4"
_REFUSED: Final = "8"


@dataclass(frozen=True, slots=True)
class Shape:
    """An AuditEvent's *type*, *subtypes*, *action*, *outcome* with *why*, its *cast*, its profile.

    *action* is C, R, U, D or E; the *profile* is claimed where the entry says all that it needs.
    """

    type: JSON
    action: str
    subtypes: tuple[JSON, ...] = ()
    cast: Cast = cast.acted
    outcome: str = _DONE
    why: str = ""
    profile: str = ""
    is_emergency: bool = False


def _dicom(code: str, display: str) -> JSON:
    return coding(codes.DICOM, code, display)


def _lifecycle(code: str) -> tuple[JSON, ...]:
    return (coding(codes.LIFECYCLE, code),)


_ACTIVITY: Final = _dicom("110100", "Application Activity")
_EXPORT: Final = _dicom("110106", "Export")
_IMPORT: Final = _dicom("110107", "Import")
_RECORD: Final = _dicom("110110", "Patient Record")
_QUERY: Final = _dicom("110112", "Query")
_SECURITY: Final = _dicom("110113", "Security Alert")
_OVERRIDE: Final = (_dicom("110127", "Emergency Override Started"),)
_CONFIGURED: Final = (_dicom("110129", "Security Configuration"),)
_SOFTWARE: Final = (_dicom("110131", "Software Configuration"),)
_STOPPED: Final = (_dicom("110133", "Audit Recording Stopped"),)
_STARTED: Final = (_dicom("110134", "Audit Recording Started"),)
_ROLES: Final = (_dicom("110136", "Security Roles Changed"),)
_BY_ROLE: Final = (coding(codes.AUTHORISATION, "AuthZ-Role"),)

_DISCLOSED: Final = _lifecycle("disclose")

SHAPES: Final[Mapping[EntryType, Shape]] = MappingProxyType(
    {
        EntryType.DISCLOSURE: Shape(
            _EXPORT, "R", _DISCLOSED, cast.released, profile=codes.DISCLOSURE_BY_SOURCE
        ),
        EntryType.IMPORT: Shape(
            _IMPORT, "C", _DISCLOSED, cast.received, profile=codes.DISCLOSURE_TO_RECIPIENT
        ),
        EntryType.REJECTED: Shape(
            _IMPORT, "C", (), cast.received, _MINOR, "the record could not be taken"
        ),
        EntryType.FILE_IMPORT: Shape(_IMPORT, "C", (), cast.received),
        EntryType.REFUSAL: Shape(
            _SECURITY, "E", _BY_ROLE, cast.decided, _REFUSED, "nothing was released"
        ),
        EntryType.DECISION: Shape(_SECURITY, "E", _BY_ROLE, cast.decided),
        EntryType.JUDGEMENT: Shape(_SECURITY, "E", _BY_ROLE, cast.decided),
        EntryType.BREAK_GLASS: Shape(_SECURITY, "E", _OVERRIDE, is_emergency=True),
        EntryType.DELIVERED: Shape(_ACTIVITY, "E", _lifecycle("transmit")),
        EntryType.DELIVERY_FAILED: Shape(
            _ACTIVITY, "E", _lifecycle("transmit"), outcome=_REFUSED, why="it was not delivered"
        ),
        EntryType.RECALLED: Shape(_ACTIVITY, "E", _lifecycle("hold")),
        EntryType.CORRECTION: Shape(_RECORD, "U", _lifecycle("amend")),
        EntryType.CONSENT_CHANGE: Shape(_RECORD, "U", _lifecycle("amend")),
        EntryType.FACT_RECORDED: Shape(_RECORD, "C", _lifecycle("originate")),
        EntryType.NOTICE: Shape(_ACTIVITY, "E", _lifecycle("transmit")),
        EntryType.ACKNOWLEDGED: Shape(_ACTIVITY, "E"),
        EntryType.IDENTITY_LINKED: Shape(_RECORD, "U", _lifecycle("link")),
        EntryType.IDENTITY_UNLINKED: Shape(_RECORD, "U", _lifecycle("unlink")),
        EntryType.ERASURE: Shape(_RECORD, "D", _lifecycle("destroy")),
        EntryType.TASK_ASSIGNED: Shape(_ACTIVITY, "U"),
        EntryType.TASK_RESOLVED: Shape(_ACTIVITY, "U"),
        EntryType.AUDIT_READ: Shape(_QUERY, "E", _lifecycle("access")),
        EntryType.AGREEMENT_CHANGE: Shape(_SECURITY, "U", _CONFIGURED),
        EntryType.POLICY_ACTIVATED: Shape(_SECURITY, "U", _CONFIGURED),
        EntryType.KEY_ROTATION: Shape(_SECURITY, "U", _CONFIGURED),
        EntryType.AGENCY_CHANGE: Shape(_SECURITY, "U", _ROLES),
        EntryType.ADAPTER_CHANGE: Shape(_SECURITY, "U", _SOFTWARE),
        EntryType.LOG_START: Shape(_SECURITY, "E", _STARTED),
        EntryType.LOG_SEAL: Shape(_SECURITY, "E", _STOPPED),
        EntryType.ALARM: Shape(_SECURITY, "E", outcome=_MINOR, why="a person must see to it"),
        EntryType.ATTACHMENT: Shape(_RECORD, "U", _lifecycle("hold")),
        EntryType.ANCHOR: Shape(_ACTIVITY, "E", _lifecycle("attest")),
    }
)
