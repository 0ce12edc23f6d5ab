"""`caf-gateway break-glass list | review`: emergencies, and whether they were ones."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Home

app = typer.Typer(help="Broken glasses, and their reviews.", no_args_is_help=True)


@app.command("list")
def list_broken(
    by: By,
    *,
    everything: Annotated[bool, typer.Option("--all", help="The reviewed ones, too.")] = False,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """List the broken glasses that wait for review, and how often each person broke one."""
    from gateway.cli.doing import break_glass as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    report = doing.listed(home, by, everything=everything)
    if as_json:
        typer.echo(to_json(report))
        return
    columns = ("task", "entry", "review due", "broken by", "purpose", "their reason", "found")
    print_table(columns, map(doing.cells, report.reviews))
    for row in report.people:
        typer.echo(doing.person_in_words(row))


@app.command()
def review(  # noqa: PLR0913 - a review is all of this
    task: Annotated[str, typer.Argument(metavar="ID", help="See `break-glass list`.")],
    by: By,
    outcome: Annotated[str, typer.Option(help="justified, not-justified or misuse.")],
    reason: Annotated[str, typer.Option(help="Why, for the log.")],
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record what a second person found: never whoever broke it."""
    from gateway.cli.doing import break_glass as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - the same

    report = doing.review(home, task, by, outcome, reason)
    said = f"reviewed as {report.outcome}: entry {report.entry} of the log"
    typer.echo(to_json(report) if as_json else said)
