"""`caf-gateway audit check-receipt`: for whoever holds a receipt, years later and without us.

It imports `audit` and nothing else of the project: the standard library and `cryptography`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import file_digest
from pathlib import Path

from audit.errors import AuditError, NoteError, ProofError, QuorumError, ReceiptError
from audit.note import MAX_VKEYS_BYTES, KeyType, VerifierKey, parse_vkeys
from audit.quorum import Quorum
from audit.receipts import MAX_RECEIPT_BYTES, CheckedReceipt, check_receipt, from_header

_GOOD, _WANTING, _WRONG_USE = 0, 1, 2
_WIDTH = 80
_MAX_FILE_BYTES = 2 * MAX_RECEIPT_BYTES  # as a header it is a third longer


def check(arguments: Sequence[str]) -> int:
    """Check the receipt that *arguments* name, say what it proves, and return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        keys = parse_vkeys(_read(given.vkeys, MAX_VKEYS_BYTES).decode())
        quorum = _quorum(keys, given.quorum)
        data = _read(given.file, _MAX_FILE_BYTES).strip()
        payload_sha256 = None if given.payload is None else _sha256(given.payload)
    except OSError as error:
        return _wrong_use(f"`{error.filename}` cannot be read")
    except UnicodeDecodeError:
        return _wrong_use(f"`{given.vkeys}` is not text")
    except (NoteError, QuorumError) as error:
        return _wrong_use(str(error))
    try:
        receipt = data if data[:1] == b"{" else _from_header(data)
        checked = check_receipt(receipt, keys, quorum)
        if payload_sha256 is not None:
            _require_payload(checked, payload_sha256)
    except AuditError as error:
        sys.stdout.write(_report(given.json, {"holds": False, "reason": str(error)}))
        return _WANTING
    sys.stdout.write(_report(given.json, _proved(checked)))
    return _GOOD


def _wrong_use(sentence: str) -> int:
    sys.stderr.write(f"caf-gateway: {sentence}\n")
    return _WRONG_USE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="caf-gateway audit check-receipt",
        description="Check a receipt offline, with the log's verifier keys.",
        # A width of its own: to ask the terminal for one, four more modules are imported.
        formatter_class=partial(argparse.HelpFormatter, width=_WIDTH),
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the receipt: JSON, or as a header")
    parser.add_argument(
        "--vkeys",
        type=Path,
        required=True,
        help="the verifier keys of the log, and of witnesses, one a line",
    )
    parser.add_argument(
        "--quorum", type=int, help="how many of those witnesses must have cosigned", metavar="K"
    )
    parser.add_argument("--payload", type=Path, help="what came with it, to compare its hash")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    return parser


def _read(path: Path, limit: int) -> bytes:
    """Return the beginning of the file at *path*, one byte past the *limit* if it is longer."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _sha256(path: Path) -> str:
    """Return the hash of the file at *path*, however long, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _quorum(keys: Sequence[VerifierKey], needed: int | None) -> Quorum | None:
    """Return the quorum that is asked for, or raise `QuorumError` where *keys* cannot give it."""
    if needed is None:
        return None
    return Quorum(tuple(key for key in keys if key.type is KeyType.COSIGNATURE), needed)


def _from_header(data: bytes) -> bytes:
    try:
        return from_header(data.decode("latin-1"))
    except ReceiptError:
        message = "the file holds no receipt, neither as JSON nor as a header"
        raise ReceiptError(message) from None


def _require_payload(checked: CheckedReceipt, payload_sha256: str) -> None:
    if checked.fields.get("payload_sha256") != payload_sha256:
        message = "the receipt is for another payload"
        raise ProofError(message)


def _proved(checked: CheckedReceipt) -> dict[str, object]:
    at = datetime.fromtimestamp(checked.leaf.at / 1000, UTC)
    seen = [{"witness": one.witness.name, "at": _said_at(one.at)} for one in checked.cosignatures]
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
        "witnesses": seen,
    }


def _said_at(seconds: int) -> str:
    """Return the time that a witness states; one of past the year 9999 as it is."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return str(seconds)


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
    seen = found["witnesses"]
    if isinstance(seen, list):
        lines += [f"  witnessed by {one['witness']} at {one['at']}" for one in seen]
    return "\n".join(lines) + "\n"
