"""`caf-gateway db upgrade`: the database's tables, made or brought up to date."""

from typing import Annotated

import typer

from gateway.cli.options import Home

app = typer.Typer(help="The gateway's database.", no_args_is_help=True)


@app.callback()
def _database() -> None:
    """Keep `upgrade` a command of a group, though it is the only one."""


@app.command()
def upgrade(
    home: Home = None,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when it went well.")] = False,
) -> None:
    """Make the database, or bring its tables up to this version."""
    from gateway import settings  # noqa: PLC0415 - imported when asked for
    from gateway.storage import migrations  # noqa: PLC0415 - imported when asked for
    from gateway.storage.database import Database  # noqa: PLC0415 - imported when asked for

    database = Database(settings.load(home).database_url)
    migrations.upgrade(database.engine)
    database.close()
    if not quiet:
        typer.echo(f"{database.name} is up to date")
