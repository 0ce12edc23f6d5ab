"""`caf-gateway audit check-receipt`: for whoever holds a receipt, years later and without us.

It imports `audit` and nothing else of the project: the standard library and `cryptography`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from audit.errors import AuditError, NoteError, ProofError
from audit.note import VerifierKey
from audit.receipts import CheckedReceipt, check_receipt, from_header

_GOOD, _WANTING, _WRONG_USE = 0, 1, 2


def check(arguments: Sequence[str]) -> int:
    """Check the receipt that *arguments* name, say what it proves, and return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        keys = _keys(given.vkeys.read_text("utf-8"))
        data = given.file.read_bytes().strip()
        payload = None if given.payload is None else given.payload.read_bytes()
    except (OSError, UnicodeDecodeError, NoteError) as error:
        reason = error if isinstance(error, NoteError) else "a file cannot be read"
        sys.stderr.write(f"caf-gateway: {reason}\n")
        return _WRONG_USE
    try:
        checked = check_receipt(data if data[:1] == b"{" else _from_header(data), keys)
        if payload is not None:
            _require_payload(checked, payload)
    except AuditError as error:
        sys.stdout.write(_report(given.json, {"holds": False, "reason": str(error)}))
        return _WANTING
    sys.stdout.write(_report(given.json, _proved(checked)))
    return _GOOD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="caf-gateway audit check-receipt",
        description="Check a receipt offline, with the log's verifier keys.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the receipt: JSON, or as a header")
    parser.add_argument(
        "--vkeys", type=Path, required=True, help="the log's verifier keys, one a line"
    )
    parser.add_argument("--payload", type=Path, help="what came with it, to compare its hash")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    return parser


def _keys(text: str) -> list[VerifierKey]:
    """Return the keys in *text*, or raise `NoteError` where there is none."""
    keys = [VerifierKey.parse(line.strip()) for line in text.splitlines() if line.strip()]
    if not keys:
        message = "the file of verifier keys holds none"
        raise NoteError(message)
    return keys


def _from_header(data: bytes) -> bytes:
    return from_header(data.decode("latin-1"))


def _require_payload(checked: CheckedReceipt, payload: bytes) -> None:
    if checked.fields.get("payload_sha256") != sha256(payload).hexdigest():
        message = "the receipt is for another payload"
        raise ProofError(message)


def _proved(checked: CheckedReceipt) -> dict[str, object]:
    at = datetime.fromtimestamp(checked.leaf.at / 1000, UTC)
    return {
        "holds": True,
        "log": checked.checkpoint.origin,
        "entry": checked.index,
        "size": checked.checkpoint.size,
        "at": at.isoformat(timespec="milliseconds"),
        "type": checked.leaf.type,
        "from": checked.leaf.sender,
        "to": checked.leaf.recipient,
        "purpose": checked.leaf.purpose,
        "part": checked.part,
        "says": dict(checked.fields),
    }


def _report(as_json: bool, found: dict[str, object]) -> str:  # noqa: FBT001 - as argparse has it
    if as_json:
        return json.dumps(found, indent=2) + "\n"
    if not found["holds"]:
        return f"the receipt does not hold: {found['reason']}\n"
    lines = [f"the receipt holds: entry {found['entry']} of {found['size']} of log {found['log']}"]
    lines += [
        f"  {name}: {found[name]}" for name in ("at", "type", "from", "to", "purpose", "part")
    ]
    says = found["says"]
    if isinstance(says, dict):
        lines += [f"  says {name}: {value}" for name, value in says.items()]
    return "\n".join(lines) + "\n"
