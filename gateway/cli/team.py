"""`caf-gateway team add | leave | show`: the team around the child."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Child, Home, Reason, Until

app = typer.Typer(help="The team around a child: who works with it.", no_args_is_help=True)

_Service = Annotated[str, typer.Option(help="The service that works with the child.")]
_Practitioner = Annotated[str, typer.Option(help="Which of its people; else the service.")]


@app.command()
def add(  # noqa: PLR0913 - a member joins with all of this
    child: Child,
    *,
    service: _Service,
    by: By,
    practitioner: _Practitioner = "",
    role: Annotated[str, typer.Option(help="What they do in the team.")] = "member",
    lead: Annotated[bool, typer.Option("--lead", help="As lead professional from now on.")] = False,
    until: Until = None,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Have a service, or one of its people, join the team; with --lead, take the lead."""
    from gateway.cli.doing import team as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import recorded  # noqa: PLC0415 - the same
    from gateway.facts.team import LEAD, Member  # noqa: PLC0415 - the same

    member = Member(service=service, practitioner=practitioner, part=LEAD if lead else role)
    typer.echo(recorded(doing.add(home, child, member, until, by), as_json=as_json))


@app.command()
def leave(  # noqa: PLR0913 - who leaves, and why
    child: Child,
    *,
    service: _Service,
    by: By,
    practitioner: _Practitioner = "",
    reason: Reason = "",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Have a person, or a whole service, leave the team: it works with the child no longer."""
    from gateway.cli.doing import team as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import recorded  # noqa: PLC0415 - the same

    entry = doing.leave(home, child, service, practitioner, reason, by)
    typer.echo(recorded(entry, as_json=as_json))


@app.command()
def show(child: Child, *, by: By, home: Home = None, as_json: AsJSON = False) -> None:
    """Show the team, as far as that person may see it."""
    from gateway.cli.doing import team as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    found = doing.show(home, child, by)
    if as_json:
        typer.echo(to_json(found))
    else:
        print_table(doing.COLUMNS, map(doing.cells, found))
