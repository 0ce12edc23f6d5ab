"""`caf-gateway audit seal | restored | rotate-key | keys`, `caf-gateway keys rotate`.

Keeping the log and the keys over the years.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON, ByOperator, Home

keys = typer.Typer(help="The gateway's own keys.", no_args_is_help=True)
_rotate_key = typer.Typer(
    help="Replace the key that signs the log, without a gap.", no_args_is_help=True
)

_Next = Annotated[str, typer.Option("--next", help="What the log that goes on is called.")]
_Reason = Annotated[str, typer.Option(help="Why, for the log.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to *app*, the group of the log."""
    app.command()(seal)
    app.command()(restored)
    app.command("keys")(list_keys)
    app.add_typer(_rotate_key, name="rotate-key")


def seal(
    next_origin: _Next,
    reason: _Reason = "",
    by: ByOperator = "operator",
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """End the log with a sealing entry, and go on in another that embeds its last checkpoint."""
    from gateway.cli.doing import keeping as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    done = doing.seal(home, next_origin, by=by, reason=reason)
    typer.echo(to_json(done) if as_json else doing.told(done))


def restored(  # noqa: PLR0913, PLR0917 - a restore has all of this
    next_origin: _Next,
    reason: Annotated[str, typer.Option(help="Why a backup was put back, for the log.")],
    lost: Annotated[
        int | None,
        typer.Option(min=0, help="How many entries are missing, where more than it shows."),
    ] = None,
    previous_checkpoint: Annotated[
        Path | None,
        typer.Option(help="The newest checkpoint that anybody holds of the log before."),
    ] = None,
    by: ByOperator = "operator",
    home: Home = None,
    *,
    as_json: AsJSON = False,
) -> None:
    """End the log of an older database that was put back, and go on in another.

    Nothing else may have the database open.
    """
    from gateway.cli.doing import keeping as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    done = doing.restored(home, next_origin, lost, previous_checkpoint, by=by, reason=reason)
    if as_json:
        typer.echo(to_json(done))
        return
    typer.echo(doing.told(done.succession))
    if done.erased:
        typer.echo(f"{done.erased} children had been erased since, and are erased again")


def list_keys(
    origin: Annotated[
        str | None,
        typer.Option("--for", help="The keys under which a log of this name would sign."),
    ] = None,
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """List every key that signs or signed a log of this gateway, with the entries it signed."""
    from gateway.cli.doing import keeping as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    found = doing.signing_keys(home, origin)
    typer.echo(to_json(found) if as_json else "\n".join(map(doing.in_one_line, found)))


@_rotate_key.command()
def begin(
    reason: _Reason = "",
    by: ByOperator = "operator",
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Make the next key: both sign from now on, and an entry leads from the old to the new."""
    from gateway.cli.doing import keeping as doing  # noqa: PLC0415 - imported when asked for

    done = doing.begin_rotation(home, by=by, reason=reason)
    lines = (
        f"two keys sign the log from entry {done.entry} on; the new one is",
        done.key,
        f"proof under either: caf-gateway audit prove {done.entry} --part gateway --early",
    )
    _report(done, lines, as_json=as_json)


@_rotate_key.command()
def finish(
    reason: _Reason = "",
    by: ByOperator = "operator",
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Let the new key sign alone; the old one's private half is destroyed."""
    from gateway.cli.doing import keeping as doing  # noqa: PLC0415 - imported when asked for

    done = doing.finish_rotation(home, by=by, reason=reason)
    _report(done, [f"from entry {done.entry} on {done.key} signs alone"], as_json=as_json)


@keys.callback()
def _keys() -> None:
    """Keep `rotate` a command of a group, though it is the only one."""


@keys.command()
def rotate(
    reason: _Reason = "",
    by: ByOperator = "operator",
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Replace the key-encryption key: wrap every child's key anew, then destroy the old one."""
    from gateway.cli.doing import keeping as doing  # noqa: PLC0415 - imported when asked for

    done = doing.rotate(home, by=by, reason=reason)
    lines = [f"{done.children} keys of children were wrapped anew"]
    if not done.is_gone:
        lines.append(
            "the old key wraps nothing any more: put the next in its place, and destroy it"
        )
    _report(done, lines, as_json=as_json)


def _report(done: object, lines: Iterable[str], *, as_json: bool) -> None:
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    typer.echo(to_json(done) if as_json else "\n".join(lines))
