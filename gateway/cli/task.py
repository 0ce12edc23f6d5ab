"""`caf-gateway task ...`: what waits for a person; they answer it, decide it, or pass it on."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Home, Until

app = typer.Typer(help="Questions and duties that wait for a person.", no_args_is_help=True)

Task = Annotated[str, typer.Argument(metavar="ID", help="See `task list`.")]
Reason = Annotated[str, typer.Option(help="Why, for the log.")]


@app.command("list")
def list_tasks(
    *,
    by: Annotated[
        str | None, typer.Option(help="Only this person's, with what they are about.")
    ] = None,
    role: Annotated[str | None, typer.Option(help="Only what this role owns or was told.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late.")] = False,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """List the open tasks, soonest due first; what they are about, to whom they belong alone."""
    from gateway.cli.doing import task as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    report = doing.listed(home, by, role, only_overdue=overdue)
    if as_json:
        typer.echo(to_json(report))
        return
    if by is None:
        columns = ("task", "kind", "due", "owner", "told since", "claimed by")
        print_table(columns, map(doing.cells, report.tasks))
    for row in report.matters:
        typer.echo("\n".join(doing.matter_in_words(row)))
    for count in report.counts:
        typer.echo(doing.count_in_words(count))


@app.command()
def show(task: Task, by: By, *, home: Home = None, as_json: AsJSON = False) -> None:
    """Show one task to a person whom it belongs to."""
    from gateway.cli.doing import task as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.shown(home, task, by)
    typer.echo(to_json(report) if as_json else "\n".join(doing.matter_in_words(report)))


@app.command()
def claim(
    task: Task, by: By, reason: Reason = "", *, home: Home = None, as_json: AsJSON = False
) -> None:
    """Take a task on; one that is late over from another, with a reason, if you were told of it."""
    from gateway.cli.doing import task as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.claimed(home, task, by, reason)
    said = f"{by} has task {task}: entry {report.entry} of the log"
    typer.echo(to_json(report) if as_json else said)


@app.command("hand-over")
def hand_over(  # noqa: PLR0913 - it is handed over with all of this
    task: Task,
    by: By,
    to: Annotated[str, typer.Option(help="To whom: a practitioner, or an office.")],
    reason: Reason = "",
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Hand a task over to another person or office; its clock runs on."""
    from gateway.cli.doing import task as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.handed_over(home, task, by, to, reason)
    said = f"{to} has task {task}: entry {report.entry} of the log"
    typer.echo(to_json(report) if as_json else said)


@app.command()
def resolve(  # noqa: PLR0913, PLR0917 - an answer has all of this
    task: Task,
    by: By,
    facts: Annotated[
        list[str] | None, typer.Option("--fact", help="NAME=VALUE; may be repeated.")
    ] = None,
    decide: Annotated[
        str | None, typer.Option(help="share or withhold, where no fact is the answer.")
    ] = None,
    until: Until = None,
    reason: Reason = "",
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record what answers a task, decide again, and close it; says what is released now."""
    from gateway.cli.doing import task as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.resolve(home, task, tuple(facts or ()), decide, until, reason, by)
    typer.echo(to_json(report) if as_json else "\n".join(doing.in_words(report)))


@app.command()
def withdraw(
    task: Task, by: By, reason: Reason = "", *, home: Home = None, as_json: AsJSON = False
) -> None:
    """Withdraw what was decided of a task: the question is open again."""
    from gateway.cli.doing import task as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.withdrawn(home, task, by, reason)
    said = f"what was decided of task {task} holds no longer: entry {report.entry} of the log"
    typer.echo(to_json(report) if as_json else said)
