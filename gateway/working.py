"""Which services work with a child: those that hold something, and those in the team around it."""

from gateway.casefile import CaseFile
from gateway.office import Office


def works_with(office: Office, case: CaseFile, service_id: str) -> bool:
    """Whether a service works with the child of *case*: it is in the team, or holds a record."""
    if case.newest("on_team", service_id, office.ports.now()) is True:
        return True
    return any(one.holder == service_id for one in office.archive.assessments(case.child_id))
