"""What decisions rely on: the versions that were activated, and are as they were signed.

Whoever can write to the database can write a row; without every party's signature, and two people
who answer for it, it is relied on for nothing.
"""

from functools import lru_cache

from gateway.agreements.signing import require_signed
from gateway.errors import IntegrityError, SignatureError
from gateway.observability import Event, log
from gateway.registers import Agreement, Registers, Stage
from policies.agreements import Agreements

_ACTIVATED = {Stage.ACTIVE, Stage.SUSPENDED, Stage.ENDED}
_APPROVERS = 2


def relied_on(registers: Registers) -> Agreements:
    """Return the agreements that decisions may rely on; what is not as it was signed is left out.

    That is told of as an event, and the patrol finds the row that the log never recorded.
    """
    whole = []
    for one in registers.agreements.values():
        if one.stage not in _ACTIVATED:
            continue
        if is_whole(one):
            whole.append(one)
        else:
            log(Event.AGREEMENT_FAULTY, place=f"agreement {one.id}")
    return Agreements(
        (one.content for one in whole),
        {(one.content.id, one.content.version) for one in whole if one.stage is Stage.SUSPENDED},
    )


def require_whole(registers: Registers) -> None:
    """Raise `IntegrityError` where an agreement is relied on that is not as it was signed."""
    for one in registers.agreements.values():
        if one.stage in _ACTIVATED and not is_whole(one):
            message = (
                f"agreement `{one.id}` is not as its parties signed it, or two people did not "
                "activate it: see `caf-gateway audit verify`"
            )
            raise IntegrityError(message)


# Of thousands of versions one changes, and the others are as they were found.
@lru_cache(maxsize=65_536)
def is_whole(document: Agreement) -> bool:
    """Whether every party signed what *document* says, and two people answer for its activation.

    >>> from policies.agreements import SHIPPED, read
    >>> sample = read(SHIPPED / "little-marsh-early-help" / "1.yaml")
    >>> forged = {"id": "little-marsh-early-help/1", "stage": Stage.ACTIVE, "content": sample}
    >>> is_whole(Agreement(**forged, approved_by=("a", "b")))
    False
    """
    content = document.content
    if document.id != f"{content.id}/{content.version}":
        return False
    try:
        require_signed(content, document.signatures)
    except SignatureError:
        return False
    return len(set(document.approved_by)) == _APPROVERS
