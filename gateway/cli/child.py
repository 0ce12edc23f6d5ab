"""`caf-gateway child close | hold | release | erase | unlink`: what is kept of a child."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, ByOperator, Child, Home

app = typer.Typer(help="What is kept of a child, and for how long.", no_args_is_help=True)

_Authority = Annotated[
    str, typer.Option(help="On whose authority, or by which law. Kept for good: no names.")
]
_HELD = "On whose authority, or by which law."


@app.command()
def erase(  # noqa: PLR0913 - an order to erase has all of this
    child: Child,
    *,
    authority: _Authority,
    reason: Annotated[str, typer.Option(help="Why. Kept for good: no names.")],
    rule: Annotated[str, typer.Option(help="The id of the retention rule, if it is one.")] = "",
    by: ByOperator = "operator",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Destroy the child's key and all that is kept of the child; what is left is in the log."""
    from gateway.cli.doing import child as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - the same

    erased = doing.erase(home, child, authority, reason, rule, by)
    if as_json:
        typer.echo(to_json(erased))
        return
    for line in doing.in_words(erased):
        typer.echo(line)


@app.command()
def hold(
    child: Child,
    *,
    authority: Annotated[str, typer.Option(help=_HELD)],
    by: ByOperator = "operator",
    home: Home = None,
) -> None:
    """Forbid that the child is erased, until the hold is released."""
    from gateway.cli.doing import child as doing  # noqa: PLC0415 - imported when asked for

    entry = doing.hold(home, child, authority, by)
    typer.echo(f"held; recorded as entry {entry} of the log")


@app.command()
def release(
    child: Child,
    *,
    authority: Annotated[str, typer.Option(help=_HELD)],
    by: ByOperator = "operator",
    home: Home = None,
) -> None:
    """Release the hold on a child."""
    from gateway.cli.doing import child as doing  # noqa: PLC0415 - imported when asked for

    entry = doing.release(home, child, authority, by)
    typer.echo(f"released; recorded as entry {entry} of the log")


@app.command()
def close(child: Child, *, by: ByOperator = "operator", home: Home = None) -> None:
    """Record that help has ended: from today the retention periods run."""
    from gateway.cli.doing import child as doing  # noqa: PLC0415 - imported when asked for

    entry = doing.close(home, child, by)
    typer.echo(f"closed; recorded as entry {entry} of the log")


@app.command()
def unlink(  # noqa: PLR0913 - who takes what from whom, and why
    record: Annotated[str, typer.Argument(help="The record: its id, or its SHA-256.")],
    *,
    child: Annotated[str, typer.Option("--from", help="The child it was filed under.")],
    reason: Annotated[str, typer.Option(help="Why, for the log.")],
    by: By,
    own_id: Annotated[
        str, typer.Option(help="The sender's own id (`system|value`), to lead to the new child.")
    ] = "",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """File a record under a new child, and have told whoever was told of the wrong one."""
    from gateway.cli.doing import child as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - the same

    done = doing.unlink(home, record, child, reason, by, own_id)
    if as_json:
        typer.echo(to_json(done))
        return
    typer.echo(f"filed under {done.new_child}; recorded as entry {done.entry} of the log")
    for service in done.told:
        typer.echo(f"service {service} was told before, and is to be told: see `task list`")
