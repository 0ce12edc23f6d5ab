"""`caf-gateway work`: the delivery workers."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, Home


def add_to(app: typer.Typer) -> None:
    """Add this command to *app*: it belongs to no group."""
    app.command()(work)


def work(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Deliver what is due now, then end.")
    ] = False,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Deliver what was released, until SIGTERM or SIGINT; what is begun is finished."""
    from gateway.cli.doing import work as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    if not once:
        doing.until_stopped(home, on_start=lambda: typer.echo("delivering; stop with SIGTERM"))
        return
    fates = doing.once(home)
    if as_json:
        typer.echo(to_json(fates))
        return
    said = ", ".join(f"{count} {fate}" for fate, count in fates.items())
    typer.echo(said or "nothing was due")
