"""`caf-gateway accreditation record | lapsing`, `clearance grant | withdraw`.

Of people, and of the roles in which services receive.
"""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Home

_accreditation = typer.Typer(help="What people are trained for.", no_args_is_help=True)
_clearance = typer.Typer(help="What people are cleared to see.", no_args_is_help=True)

_Id = Annotated[str, typer.Argument(metavar="ID", help="A practitioner's id, or a service's.")]
_LastDay = Annotated[str, typer.Option("--until", help="The last day, as 2027-05-01.")]
_Clearance = Annotated[str, typer.Argument(help="shield, police_intel or adoption.")]


def add_to(app: typer.Typer) -> None:
    """Add these groups to *app*."""
    app.add_typer(_accreditation, name="accreditation")
    app.add_typer(_clearance, name="clearance")


def accredit(
    id_: _Id,
    kind: Annotated[
        str, typer.Argument(help="common_assessment, lead_professional or information_sharing.")
    ],
    *,
    until: _LastDay,
    by: By,
    home: Home = None,
) -> None:
    """Record that somebody is accredited; it lapses by itself after the last day."""
    from gateway.cli.doing import accreditation as doing  # noqa: PLC0415 - imported when asked for

    doing.accredit(home, id_, kind, until, by)
    typer.echo(f"accredited {id_}: {kind} until {until}")


_accreditation.command("record")(accredit)


@_accreditation.command()
def lapsing(
    *,
    days: Annotated[int, typer.Option(help="How many days ahead to look.", min=0)] = 30,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """List what lapses soon, or has lapsed: accreditations and clearances; 1 where there is any."""
    from gateway.cli.doing import accreditation as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    found = doing.lapsing(home, days)
    if as_json:
        typer.echo(to_json(found))
    else:
        print_table(doing.COLUMNS, map(doing.cells, found))
    raise typer.Exit(1 if found else 0)


@_clearance.command()
def grant(id_: _Id, clearance: _Clearance, *, until: _LastDay, by: By, home: Home = None) -> None:
    """Record that somebody is cleared; by the information governance officer."""
    from gateway.cli.doing import accreditation as doing  # noqa: PLC0415 - imported when asked for

    doing.grant(home, id_, clearance, until, by)
    typer.echo(f"cleared {id_}: {clearance} until {until}")


@_clearance.command()
def withdraw(id_: _Id, clearance: _Clearance, *, by: By, home: Home = None) -> None:
    """Record that a clearance is withdrawn; by the information governance officer."""
    from gateway.cli.doing import accreditation as doing  # noqa: PLC0415 - imported when asked for

    doing.withdraw(home, id_, clearance, by)
    typer.echo(f"cleared no longer: {id_}, {clearance}")
