"""The command line: `caf-gateway`.

One file a group of commands, put together in `gateway.cli.commands`; what they do is in the file of
the same name in `gateway.cli.doing`. Exit codes: 0 good, 1 found wanting, 2 wrong use. What a
command needs is imported inside it, so that `--help` answers at once.
"""

import sys
from collections.abc import Sequence
from typing import Final

FOUND_WANTING: Final = 1
WRONG_USE: Final = 2

_CHECK_RECEIPT: Final = ["audit", "check-receipt"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; what cannot be done is said in one sentence."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:2] == _CHECK_RECEIPT:
        # Whoever checks a receipt needs the standard library and `cryptography`, nothing of ours.
        from gateway.cli import receipt  # noqa: PLC0415 - nothing else is imported for it

        sys.exit(receipt.check(given[2:]))
    _run(given)


def _run(given: Sequence[str]) -> None:
    from adapters.errors import AdapterError  # noqa: PLC0415 - not for a receipt
    from audit.errors import AuditError  # noqa: PLC0415 - the same
    from gateway.cli.commands import app  # noqa: PLC0415 - the same
    from gateway.errors import GatewayError  # noqa: PLC0415 - the same
    from mappings.errors import MappingError  # noqa: PLC0415 - the same
    from policies.errors import PolicyError  # noqa: PLC0415 - the same

    try:
        app(given, prog_name="caf-gateway")
    except (AdapterError, AuditError, GatewayError, MappingError, PolicyError) as error:
        _complain(str(error), _code(error))
    except OSError as error:
        why = (error.strerror or "it cannot be read or written").lower()
        _complain(f"{why}: `{error.filename}`", WRONG_USE)


def _code(error: Exception) -> int:
    """Return the exit code of *error*: 1 where what was asked for was looked at, and refused."""
    from gateway import errors  # noqa: PLC0415 - not for a receipt
    from policies.errors import ProofError  # noqa: PLC0415 - the same

    refusals = (
        errors.ConflictError,
        errors.EntitlementError,
        errors.ErasureRefusedError,
        errors.SignatureError,
        errors.StageError,
        errors.UnprovedError,
        ProofError,
    )
    return FOUND_WANTING if isinstance(error, refusals) else WRONG_USE


def _complain(sentence: str, code: int) -> None:
    sys.stderr.write(f"caf-gateway: {sentence}\n")
    sys.exit(code)
