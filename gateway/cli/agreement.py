"""`caf-gateway agreement ...`: the information-sharing agreements of this gateway.

`new`, `check`, `key` and `sign` work on files and need no gateway; the others, on its register.
"""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, ByOperator, Home

app = typer.Typer(help="Information-sharing agreements.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="ID/VERSION.yaml")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The agreement's id.")]
Version = Annotated[int, typer.Argument(metavar="VERSION", help="Which version of it.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the log's entry.")]
Passphrase = Annotated[
    bool, typer.Option("--passphrase", help="Ask for the passphrase of the key's file.")
]

_OPERATOR = "operator"


@app.command("list")
def list_agreements(*, home: Home = None, as_json: AsJSON = False) -> None:
    """List the agreements: how each stands today, and when it is due for review."""
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    rows = doing.listed(home)
    if as_json:
        typer.echo(to_json(rows))
        return
    print_table(
        ("agreement", "version", "stands", "until", "review", "title"),
        (
            (row.id, str(row.version), row.state, str(row.until), doing.review(row), row.title)
            for row in rows
        ),
    )


@app.command()
def show(id_: Id, version: Version, *, home: Home = None) -> None:
    """Show one version as JSON: what is agreed, who has signed, and who activated it."""
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - the same

    typer.echo(to_json(doing.show(home, f"{id_}/{version}")))


@app.command()
def new(  # noqa: PLR0913 - what a draft begins with
    id_: Id,
    *,
    title: Annotated[str, typer.Option(help="What people call it.")],
    parties: Annotated[
        list[str], typer.Option("--party", help="An organisation, as la:999; may be repeated.")
    ],
    purposes: Annotated[
        list[str], typer.Option("--purpose", help="What it is shared for; may be repeated.")
    ],
    effective_on: Annotated[
        str | None, typer.Option("--from", help="Its first day; else in a month.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(file_okay=False, help="Else the folder of the settings.")
    ] = None,
    home: Home = None,
) -> None:
    """Begin an agreement: a file with comments, in which `check` names what is still to be agreed.

    Where there are versions of it already, it is the next one.
    """
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for

    place = doing.new(home, folder, id_, title, parties, purposes, effective_on)
    typer.echo(f"{place}: fill it in, and see caf-gateway agreement check {place}")


@app.command()
def check(file: File, *, home: Home = None, as_json: AsJSON = False) -> None:
    """Check one agreement; all that is wrong is named, with its line.

    With `--home`, its parties are looked up among that gateway's organisations, too.
    """
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - the same

    checked = doing.check(file, home)
    if as_json:
        typer.echo(to_json(checked))
    elif checked.complaints:
        typer.echo("\n".join(checked.complaints))
    else:
        typer.echo(f"{checked.agreement} is well formed; SHA-256 {checked.digest}")
        typer.echo(f"not signed yet for: {', '.join(checked.unsigned) or 'nobody, all have'}")
    if checked.complaints:
        raise typer.Exit(1)


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="The new file: keep it to yourself.")],
    *,
    passphrase: Passphrase = False,
) -> None:
    """Make a signatory's key; the verifying key that it prints belongs in the agreement."""
    from gateway.agreements.signing import make_key  # noqa: PLC0415 - imported when asked for

    typer.echo(make_key(file, _asked(confirm=True) if passphrase else ""))


@app.command()
def sign(
    file: File,
    *,
    key: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Your private key.")],
    passphrase: Passphrase = False,
) -> None:
    """Sign an agreement as a party's designated person; the signature is written beside it.

    It works on the file alone: no gateway ever sees the key.
    """
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for

    with doing.wanting():
        signed = doing.sign(file, key, _asked(confirm=False) if passphrase else "")
    typer.echo(f"signed for {', '.join(signed.parties)}: {signed.file}")
    typer.echo(f"not signed yet for: {', '.join(signed.unsigned) or 'nobody, all have'}")


@app.command()
def register(
    file: File, *, by: ByOperator = _OPERATOR, home: Home = None, as_json: AsJSON = False
) -> None:
    """Record an agreement, and the signatures beside it; once more, what was signed since."""
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for

    with doing.wanting():
        recorded = doing.register(home, file, by)
    _report(doing.summary(recorded), as_json=as_json)


@app.command()
def activate(  # noqa: PLR0913 - what activating takes
    id_: Id,
    version: Version,
    *,
    by: By,
    approve: Annotated[
        str | None, typer.Option(help="The digest of the change: approve it, and activate.")
    ] = None,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Propose a version, and show what it changes; another officer approves with the digest."""
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.doing.law import told  # noqa: PLC0415 - the same
    from gateway.cli.reports import to_json  # noqa: PLC0415 - the same

    name = f"{id_}/{version}"
    with doing.wanting():
        if approve is not None:
            _report(doing.summary(doing.approve(home, name, by, approve)), as_json=as_json)
            return
        proposed = doing.propose(home, name, by)
    if as_json:
        typer.echo(to_json(proposed))
        return
    typer.echo(f"{proposed.text}{told(proposed.rehearsal)}")
    typer.echo(f"Another officer activates it with --approve {proposed.digest}")


@app.command()
def suspend(  # noqa: PLR0913 - what suspending takes
    id_: Id,
    version: Version,
    *,
    by: By,
    reason: Reason,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Suspend a version: from the commit on nothing flows by it."""
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for

    with doing.wanting():
        done = doing.suspend(home, f"{id_}/{version}", by, reason)
    _report(doing.summary(done), as_json=as_json)


@app.command()
def resume(  # noqa: PLR0913 - what resuming takes
    id_: Id,
    version: Version,
    *,
    by: By,
    reason: Reason,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Have a suspended version relied on again: proposed by one officer, done by another."""
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for

    with doing.wanting():
        done = doing.resume(home, f"{id_}/{version}", by, reason)
    _report(doing.summary(done), as_json=as_json)


def _report(summary: object, *, as_json: bool) -> None:
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    typer.echo(to_json(summary) if as_json else str(summary))


def _asked(*, confirm: bool) -> str:
    return str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=confirm))
