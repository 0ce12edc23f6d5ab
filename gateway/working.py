"""Which children there are, and which services work with each.

A service works with a child of whom it holds something, and with one whose team it is in: a person
had it join, or it was sent something by a referral. To every other service a child is as one who is
not there (design, invariant 5), to one that was only addressed as well.
"""

from gateway.casefile import CaseFile
from gateway.errors import UnknownChildError
from gateway.facts.standing import newest_of_each
from gateway.office import Office
from gateway.referred import REFERRED_TO
from gateway.storage.outbox import REACHES

_UNKNOWN = "there is no child with this id"


def works_with(office: Office, case: CaseFile, service_id: str) -> bool:
    """Whether a service works with the child of *case*: it is in the team, or holds a record."""
    standing = newest_of_each(case.facts, office.ports.now()).get("on_team", {}).values()
    parts = {fact.part for fact in standing if fact.service == service_id and fact.value is True}
    if parts - {REFERRED_TO}:
        return True
    if parts and _was_sent_something(office, case.child_id, service_id):
        return True
    return any(one.holder == service_id for one in office.archive.assessments(case.child_id))


def _was_sent_something(office: Office, child_id: str, service_id: str) -> bool:
    """Whether something about a child is on its way to a service, or has reached it."""
    rows = office.archive.store.outbox.of_child(child_id)
    return any(row.recipient == service_id and row.state in REACHES for row in rows)


def case_worked_with(office: Office, child_id: str, service_id: str) -> CaseFile:
    """Return the case file of a child with whom a service works; else `UnknownChildError`."""
    require_known(office, child_id)
    case = office.archive.case_file(child_id)
    if not works_with(office, case, service_id):
        raise UnknownChildError(_UNKNOWN)
    return case


def require_known(office: Office, child_id: str) -> None:
    """Raise `UnknownChildError` where there is no child with this id, or not any more.

    The message names the entry of an erasure: it is for commands, and no caller is told it.
    """
    children = office.archive.store.children
    if not children.is_known(child_id):
        entry = children.erasure(child_id)
        erased = f"this child was erased: see entry `{entry}` of the log"
        raise UnknownChildError(_UNKNOWN if entry is None else erased)
