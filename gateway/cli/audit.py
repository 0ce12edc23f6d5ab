"""`caf-gateway audit verify | export | prove | search | check-receipt`: the log."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON, ByOperator, Home

app = typer.Typer(help="The tamper-evident log.", no_args_is_help=True)


@app.command()
def verify(*, home: Home = None, as_json: AsJSON = False) -> None:
    """Verify the whole stored log, every detail, and every row of the outbox against its entry."""
    from gateway.cli.doing import audit as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    found = doing.verify(home)
    if as_json:
        typer.echo(to_json(found))
    else:
        for fault in found.faults:
            typer.echo(f"WRONG  {fault.where}: {fault.message}")
        if found.holds:
            typer.echo(f"the log {found.origin} holds: {found.size} entries, root {found.root}")
    if not found.holds:
        raise typer.Exit(1)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made, or brought up to date.")],
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Write the log as tiles (C2SP tlog-tiles) that anybody can verify with tools of their own."""
    from audit.errors import AuditError  # noqa: PLC0415 - imported when asked for
    from gateway.cli.doing import audit as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    try:
        report = doing.export(home, folder)
    except AuditError as error:
        typer.echo(f"not exported: {error}")
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(to_json(report))
    else:
        typer.echo(
            f"{folder}: {report.size} entries, {report.size - report.size_before} of them new"
        )


@app.command()
def prove(
    index: Annotated[int, typer.Argument(min=0, help="The index of an entry.")],
    part: Annotated[str, typer.Option(help="recipient, sender or gateway.")] = "recipient",
    home: Home = None,
    *,
    early: Annotated[
        bool, typer.Option("--early", help="By the oldest checkpoint, with its signatures of then.")
    ] = False,
) -> None:
    """Write the receipt of one entry, for the holder of one part of it, to standard output."""
    from gateway.cli.doing import audit as doing  # noqa: PLC0415 - imported when asked for

    typer.echo(doing.prove(home, index, part, early=early))


@app.command()
def search(  # noqa: PLR0913 - a search has all of this
    child: Annotated[str | None, typer.Option(help="Entries about this child, by its id.")] = None,
    service: Annotated[str | None, typer.Option(help="Entries from or to this service.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Entries of this type.")] = None,
    by: ByOperator = "operator",
    reason: Annotated[str, typer.Option(help="Why you look, for the log.")] = "",
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Search the log; the search is itself recorded in it."""
    from gateway.cli.doing import audit as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    found = doing.find(home, child=child, service=service, type_=type_, by=by, reason=reason)
    if as_json:
        typer.echo(to_json(found))
        return
    columns = ("entry", "when", "type", "from", "to", "purpose", "what")
    print_table(columns, map(doing.cells, found))


@app.command(
    "check-receipt",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
def check_receipt(context: typer.Context) -> None:
    """Check a receipt offline: FILE --vkeys FILE [--quorum K] [--payload FILE] [--json].

    It needs the verifier keys of the log, which `audit export` writes, and of the witnesses that
    you trust, of which *K* must have cosigned; and nothing else of a gateway.
    """
    from gateway.cli import receipt  # noqa: PLC0415 - imported when asked for

    raise typer.Exit(receipt.check(context.args))
