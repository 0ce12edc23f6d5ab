"""`caf-gateway notice list | acknowledge`: what services were told, and what they did about it."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Home

app = typer.Typer(help="Notices to services, and their answers.", no_args_is_help=True)


@app.command("list")
def list_notices(*, home: Home = None, as_json: AsJSON = False) -> None:
    """List the notices that no answer has come to, soonest due first."""
    from gateway.cli.doing import notice as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    rows = doing.waiting(home)
    if as_json:
        typer.echo(to_json(rows))
        return
    print_table(("notice", "due", "to", "kind", "about", "delivery"), map(doing.cells, rows))


@app.command()
def acknowledge(
    notice: Annotated[str, typer.Argument(metavar="ID", help="See `notice list`.")],
    by: By,
    kept: Annotated[
        str, typer.Option(help="What was not done as asked, and for what reason.")
    ] = "",
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record what a service said that it did about a notice: for one whose system cannot."""
    from gateway.cli.doing import notice as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.record_answer(home, notice, by, kept)
    if as_json:
        typer.echo(to_json(report))
        return
    was = "was recorded before" if report.is_repeat else "recorded"
    typer.echo(f"{was} as entry {report.entry} of the log")
