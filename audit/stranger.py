"""`python -m audit.verify`: verifying an exported log with this folder alone, and nothing of ours.

    python -m audit.verify LOG --vkeys KEYS [--older FILE]... [--quorum K] [--max-age SECONDS]

LOG is a folder as `caf-gateway audit export` writes it, or as its files were fetched from `/log/`.
KEYS holds the verifier keys that you trust, the log's and its witnesses', one a line: keep them
from a source of your own, not from LOG. Each FILE is what you, or anybody, remembers of the log: an
older checkpoint, a receipt, a tlog-proof.

Exit codes: 0 the log holds, 1 it does not, 2 wrong use.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from audit.checkpoint import Checkpoint
from audit.errors import AuditError, NoteError, QuorumError, TamperedError
from audit.evidence import MAX_EVIDENCE_BYTES, read_evidence
from audit.note import MAX_VKEYS_BYTES, KeyType, VerifierKey, parse_vkeys
from audit.quorum import Quorum
from audit.verify import Fault, Report, Witnessed, verify_folder

GOOD, WANTING, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    """Verify the log that *arguments* name, say what was found, and return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        keys = parse_vkeys(_read(given.vkeys, MAX_VKEYS_BYTES).decode())
        witnessed = _witnessed(keys, given.quorum, given.max_age)
        older = [_read(path, MAX_EVIDENCE_BYTES) for path in given.older]
    except (OSError, UnicodeDecodeError, NoteError, QuorumError) as error:
        reason = error if isinstance(error, AuditError) else "a file cannot be read"
        sys.stderr.write(f"audit.verify: {reason}\n")
        return WRONG_USE
    report = _verified(given.folder, keys, older, witnessed)
    sys.stdout.write(_json(report) if given.json else _text(report))
    return GOOD if report.holds else WANTING


def _verified(
    folder: Path,
    keys: Sequence[VerifierKey],
    older: Sequence[bytes],
    witnessed: Witnessed | None,
) -> Report:
    try:
        remembered = list(_remembered(older, keys))
    except TamperedError as error:
        return Report(None, Fault(error.where, str(error)))
    return verify_folder(folder, keys, remembered, witnessed)


def _remembered(older: Sequence[bytes], keys: Sequence[VerifierKey]) -> Iterator[Checkpoint]:
    for number, evidence in enumerate(older, 1):
        try:
            yield read_evidence(evidence, keys)
        except AuditError as error:
            where = f"older file {number}"
            raise TamperedError(where, str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify", description="Verify an exported log."
    )
    parser.add_argument("folder", type=Path, metavar="LOG", help="the folder of the exported log")
    parser.add_argument(
        "--vkeys",
        type=Path,
        required=True,
        help="the verifier keys of the log, and of witnesses, one a line",
    )
    parser.add_argument(
        "--older",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a checkpoint, receipt or proof from before; may be given again",
    )
    parser.add_argument(
        "--quorum", type=int, metavar="K", help="how many of the witnesses must have cosigned"
    )
    parser.add_argument(
        "--max-age", type=int, metavar="SECONDS", help="how old their word may be at the most"
    )
    parser.add_argument("--json", action="store_true", help="report as JSON")
    return parser


def _read(path: Path, limit: int) -> bytes:
    """Return the beginning of the file at *path*, one byte past the *limit* if it is longer."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _witnessed(
    keys: Sequence[VerifierKey], needed: int | None, max_age: int | None
) -> Witnessed | None:
    """Return what is asked of witnesses, or raise `QuorumError` where *keys* cannot give it."""
    if needed is None and max_age is None:
        return None
    witnesses = tuple(key for key in keys if key.type is KeyType.COSIGNATURE)
    not_before = 0 if max_age is None else int(time.time()) - max_age
    return Witnessed(Quorum(witnesses, 1 if needed is None else needed), not_before)


def _json(report: Report) -> str:
    found: dict[str, object] = {"holds": report.holds}
    if report.checkpoint is not None:
        checkpoint = report.checkpoint
        found |= {
            "log": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "witnesses": {one.witness.name: one.at for one in report.cosignatures},
        }
    if report.fault is not None:
        found |= {"where": report.fault.where, "reason": report.fault.message}
    return json.dumps(found, indent=2) + "\n"


def _text(report: Report) -> str:
    if report.fault is not None or report.checkpoint is None:
        fault = report.fault
        return "WRONG\n" if fault is None else f"WRONG  {fault.where}: {fault.message}\n"
    checkpoint = report.checkpoint
    lines = [f"log {checkpoint.origin} holds: {checkpoint.size} entries"]
    lines.append(f"  root {checkpoint.root.hex()}")
    lines += [f"  cosigned by {one.witness.name} at {_time(one.at)}" for one in report.cosignatures]
    return "\n".join(lines) + "\n"


def _time(at: int) -> str:
    """Return the time that a witness states; one that no calendar reaches as it is."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    except (OverflowError, ValueError, OSError):
        return str(at)
