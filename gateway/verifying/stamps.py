"""The stamps that decisions rest on: none may be set back, or what is stale would pass as fresh.

Whatever is recorded about a child, or in the registers, moves a stamp on, and its entry says how
far. What waits in the outbox was decided on a stamp; set back, a withdrawal would go unnoticed.
"""

from collections.abc import Iterator

from gateway.storage.children import STAMP_KIND as CHILD
from gateway.storage.registers import MOVE as REGISTERS
from gateway.storage.stamps import Stamps
from gateway.verifying.entries import Slice
from gateway.verifying.faults import Fault


def wrong_stamps(part: Slice, stamps: Stamps) -> Iterator[Fault]:
    """Yield the entries of *part* that moved a stamp farther than it stands now."""
    moved: dict[tuple[str, str], tuple[int, int]] = {}
    for entry in part.opened:
        version = entry.fields.get("stamp")
        if isinstance(version, int):
            name = (CHILD, entry.child) if entry.child else REGISTERS
            moved[name] = max(moved.get(name, (0, 0)), (version, entry.index))
    for (kind, key), (version, index) in moved.items():
        if stamps.read(kind, key).version < version:
            message = "what it changed has since been marked as unchanged: decisions may be stale"
            yield Fault(f"entry {index}", message)
