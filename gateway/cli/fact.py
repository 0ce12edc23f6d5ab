"""`caf-gateway fact record | withdraw | show`: what decisions about a child rest on."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Child, Home, Reason, Source, Until

app = typer.Typer(help="Facts about a child.", no_args_is_help=True)

_Service = Annotated[str | None, typer.Option(help="The service, where the fact is about one.")]


@app.command()
def record(  # noqa: PLR0913 - a fact is recorded with all of this
    child: Child,
    fact: Annotated[str, typer.Argument(metavar="NAME=VALUE", help="As `risk=in_need`.")],
    *,
    by: By,
    service: _Service = None,
    until: Until = None,
    source: Source = "",
    reason: Reason = "",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record a fact; what was decided without it is decided again before it is sent.

    Who may record which fact, policies/facts.yaml says.
    """
    from gateway.cli.doing import fact as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import recorded  # noqa: PLC0415 - the same

    entry = doing.record(home, child, fact, service, until, source, reason, by)
    typer.echo(recorded(entry, as_json=as_json))


@app.command()
def withdraw(  # noqa: PLR0913 - a withdrawal has all of this
    child: Child,
    name: Annotated[str, typer.Argument(help="The name of the fact.")],
    *,
    by: By,
    reason: Reason,
    service: _Service = None,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Vouch for a fact no longer: it is as if nobody had recorded it; the history stays."""
    from gateway.cli.doing import fact as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import recorded  # noqa: PLC0415 - the same

    entry = doing.take_back(home, child, name, service, reason, by)
    typer.echo(recorded(entry, as_json=as_json))


@app.command()
def show(  # noqa: PLR0913 - what is shown has all of this
    child: Child,
    *,
    by: By,
    name: Annotated[
        list[str] | None, typer.Option(help="This fact alone; may be repeated.")
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="What stood before, too.")] = False,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Show each fact as it stands: value, who, when, source; as far as that person may see it."""
    from gateway.cli.doing import fact as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    found = doing.show(home, child, by, tuple(name or ()), with_history=history)
    if as_json:
        typer.echo(to_json(found))
    else:
        print_table(doing.COLUMNS, (tuple(doing.cells(row)) for row in found))
