"""`caf-gateway retention due | run`: whose time is over, and the end of what is kept of them."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, ByOperator, Home

app = typer.Typer(help="For how long what is kept of children is kept.", no_args_is_help=True)

_AsOf = Annotated[str | None, typer.Option(help="As of this day, as 2026-11-30; else today.")]


@app.command()
def due(*, as_of: _AsOf = None, home: Home = None, as_json: AsJSON = False) -> None:
    """List whose retention period is over, longest overdue first."""
    from gateway.cli.doing import retention as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    report = doing.due(home, as_of)
    if as_json:
        typer.echo(to_json(report))
        return
    print_table(("child", "over on", "rule", ""), map(doing.cells, report.due))
    for line in doing.in_words(report):
        typer.echo(line)


@app.command()
def run(  # noqa: PLR0913 - a run has all of this
    *,
    as_of: _AsOf = None,
    most: Annotated[int, typer.Option(min=1, help="Erase so many at most.")] = 1000,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before erasing.")] = False,
    by: ByOperator = "operator",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Erase whose retention period is over, each with an entry of its own in the log."""
    from gateway.cli.doing import retention as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    def agrees(count: int) -> bool:
        return yes or typer.confirm(f"erase {count} children, for good?", err=True)

    ran = doing.run(home, as_of, most, by, agrees)
    if ran is None:
        typer.echo("nothing was erased")
        return
    if as_json:
        typer.echo(to_json(ran))
    else:
        typer.echo(f"{len(ran.erased)} erased, {len(ran.refused)} refused")
        for child, sentence in ran.refused.items():
            typer.echo(f"  {child}: {sentence}")
    if ran.refused:
        raise typer.Exit(1)
