"""`caf-gateway init | serve | doctor`: a gateway's home, its life, and its health."""

import typer

from gateway.cli.options import AsJSON, Home

_NEXT = """\
Made {home}:
  settings.toml   read it: every line says what it is for
  keys/           the gateway's keys: back them up apart from the database
  agreements/     your own information-sharing agreements go here
"""


def add_to(app: typer.Typer) -> None:
    """Add these commands to *app*: they belong to no group."""
    app.command()(init)
    app.command()(serve)
    app.command()(doctor)


def init(home: Home = None) -> None:
    """Make keys and settings in a new folder."""
    from gateway import settings  # noqa: PLC0415 - imported when asked for
    from gateway.security.keys import Keys  # noqa: PLC0415 - imported when asked for

    folder = settings.home_folder(home)
    settings.make(folder)
    Keys.make(folder / "keys")
    typer.echo(_NEXT.format(home=folder), nl=False)


def serve(home: Home = None) -> None:
    """Serve HTTP until told to stop."""
    from gateway import observability, settings  # noqa: PLC0415 - imported when asked for
    from gateway.composition import open_gateway  # noqa: PLC0415 - imported when asked for
    from gateway.front_door import open_front_door  # noqa: PLC0415 - imported when asked for
    from gateway.serve import serve as run  # noqa: PLC0415 - imported when asked for

    loaded = settings.load(home)
    observability.configure()
    with open_gateway(loaded) as gateway:
        gateway.rounds.start()
        run(open_front_door(gateway), loaded)


def doctor(*, home: Home = None, as_json: AsJSON = False) -> None:
    """Check settings, keys, packages and the database."""
    from gateway.cli.doing.doctor import examine  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    checks = examine(home)
    if as_json:
        typer.echo(to_json({name: check.complaint for name, check in checks.items()}))
    else:
        for name, check in checks.items():
            word = "ok   " if check.complaint is None else "WRONG"
            typer.echo(f"{word}  {name}: {check.complaint or check.said or '-'}")
    if any(check.complaint for check in checks.values()):
        raise typer.Exit(1)
