"""`caf-gateway fact record`: a fact about a child, on which decisions rest from now on."""

from typing import Annotated

import typer

from gateway.cli.options import By, Child, Home, Until

app = typer.Typer(help="Facts about a child.", no_args_is_help=True)


@app.callback()
def _facts() -> None:
    """Keep `record` a command of a group, though it is the only one."""


@app.command()
def record(  # noqa: PLR0913 - a fact is recorded with all of this
    child: Child,
    fact: Annotated[str, typer.Argument(metavar="NAME=VALUE", help="As `risk=in_need`.")],
    *,
    by: By,
    service: Annotated[
        str | None, typer.Option(help="The service, where the fact is about one.")
    ] = None,
    until: Until = None,
    home: Home = None,
) -> None:
    """Record a fact; what was decided without it is decided again before it is sent."""
    from gateway.cli.doing import fact as doing  # noqa: PLC0415 - imported when asked for

    entry = doing.record(home, child, fact, service, until, by)
    typer.echo(f"recorded as entry {entry} of the log")
