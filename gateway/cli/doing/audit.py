"""What `caf-gateway audit` does with the log of a gateway."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.errors import AuditError
from audit.evidence import MAX_EVIDENCE_BYTES, require_evidence
from audit.parts import Part
from gateway import settings
from gateway.cli.reports import table
from gateway.composition import open_gateway
from gateway.errors import RequestError
from gateway.fidelity import Account, Fidelity
from gateway.keeping.exporting import export_log
from gateway.searching.search import Reader
from gateway.stored_log import open_stored_log
from gateway.verifying import verification
from policies.attributes import word_of


@dataclass(frozen=True, slots=True)
class Exported:
    """What a folder holds now, and how much it held before."""

    folder: str
    origin: str
    size: int
    size_before: int


def verify(home: Path | None, older: Sequence[Path] = ()) -> verification.Verification:
    """Return what does not hold of all that is stored of the log.

    *older* are files with checkpoints or receipts: the log must hold all of them. Where all
    holds, a fault that was found before is forgotten. Raises `RequestError` where a file is
    neither: it says nothing of the log.
    """
    evidence = [_evidence(path) for path in older]
    with open_stored_log(settings.load(home)) as stored:
        found = verification.verify(stored, evidence)
        if found.holds:
            stored.memory.acquit()
        return found


def told(found: verification.Verification) -> str:
    """Return in a few words that all holds, how much that is, and what was lost before."""
    newest = f"{found.size} entries, root {found.root}"
    if found.logs == 1:
        return f"the log {found.origin} holds: {newest}"
    but = ", ".join(found.lost)
    but = f", but for entries {but}, lost with a database" if but else ""
    return (
        f"the log holds: {found.entries} entries in {found.logs} logs{but}; "
        f"the newest, {found.origin}: {newest}"
    )


def fidelity(home: Path | None, index: int, by: str, reason: str) -> Account:
    """Return what became of the record that entry *index* imported, having recorded the look.

    Raises as `Fidelity.of_officer` does.
    """
    with open_gateway(settings.load(home)) as gateway:
        accounts = Fidelity(gateway.office, gateway.exchange.adapters)
        return accounts.of_officer(index, Reader(user=by, reason=reason))


def accounted(account: Account) -> str:
    """Return the account for people: for each child the counts, and each leaf."""
    lines = [f"record {account.record_sha256}, read by {account.adapter} {account.edition}\n"]
    for child in account.children:
        counts = ", ".join(f"{count} {fate}" for fate, count in child.counts.items())
        lines.append(f"entry {child.entry}: {counts}\n")
        columns = ("fate", "leaf", "element of the CAF", "how, why")
        rows = ((one.fate, one.place, one.element or "", one.note or "") for one in child.leaves)
        lines.append(table(columns, rows))
    return "".join(lines)


def _evidence(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_EVIDENCE_BYTES + 1)
    try:
        require_evidence(data)
    except AuditError:
        message = f"`{path}` is no checkpoint, receipt or proof"
        raise RequestError(message) from None
    return data


def export(home: Path | None, folder: Path) -> Exported:
    """Bring the exported log in *folder* up to date.

    Raises `AuditError` where the log has not only grown, or is not what was signed.
    """
    with open_stored_log(settings.load(home)) as stored:
        done = export_log(stored, folder)
    return Exported(str(folder), done.checkpoint.origin, done.checkpoint.size, done.size_before)


def prove(home: Path | None, index: int, part: str, *, early: bool = False) -> str:
    """Return the receipt of one entry for the holder of *part*, as JSON.

    An *early* one has the signatures of then, for those who do not know a key of today.
    """
    whose = word_of(Part, part, "a part is recipient, sender or gateway")
    with open_stored_log(settings.load(home)) as stored:
        return stored.details().receipt(index, whose, early=early).decode()
