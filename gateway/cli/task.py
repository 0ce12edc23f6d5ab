"""`caf-gateway task list | resolve`: what waits for a person."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Home, Until

app = typer.Typer(help="Questions that wait for a person.", no_args_is_help=True)


@app.command("list")
def list_tasks(
    *,
    role: Annotated[str | None, typer.Option(help="Only what this role owns or was told.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late.")] = False,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """List the open tasks, soonest due first."""
    from gateway.cli.doing import task as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    rows = doing.waiting(home, role, only_overdue=overdue)
    if as_json:
        typer.echo(to_json(rows))
        return
    print_table(
        ("task", "due", "owner", "told since", "about service", "question", "missing"),
        map(doing.cells, rows),
    )


@app.command()
def resolve(  # noqa: PLR0913 - an answer has all of this
    task: Annotated[str, typer.Argument(metavar="ID", help="See `task list`.")],
    by: By,
    facts: Annotated[
        list[str] | None, typer.Option("--fact", help="NAME=VALUE; may be repeated.")
    ] = None,
    until: Until = None,
    reason: Annotated[str, typer.Option(help="Why, for the log.")] = "",
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record what answers a task, decide again, and close it; says what is released now."""
    from gateway.cli.doing import task as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.resolve(home, task, tuple(facts or ()), until, reason, by)
    if as_json:
        typer.echo(to_json(report))
        return
    for line in doing.in_words(report):
        typer.echo(line)
