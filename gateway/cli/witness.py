"""`caf-gateway witness init | trust | serve`: watch the logs of others, and cosign them."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="A witness of other bodies' logs. It needs nothing of a gateway.", no_args_is_help=True
)

_Home = Annotated[
    Path,
    typer.Option("--home", help="The witness's own folder.", envvar="CAF_GATEWAY_WITNESS_HOME"),
]


@app.command()
def init(
    name: Annotated[str, typer.Option(help="What it is called: as witness.example/w1.")],
    home: _Home,
) -> None:
    """Make a witness in a new folder, and print the verifier key under which it cosigns."""
    from gateway.cli.doing import witness as doing  # noqa: PLC0415 - imported when asked for

    typer.echo(doing.init(home, name))


@app.command()
def trust(
    vkeys: Annotated[list[str], typer.Argument(metavar="VKEY...", help="Logs' verifier keys.")],
    home: _Home,
) -> None:
    """Follow these logs, too, from the next start on; print the keys of all that are followed.

    A log that changes its key has two verifier keys of the same name for a while: give both.
    """
    from gateway.cli.doing import witness as doing  # noqa: PLC0415 - imported when asked for

    for vkey in doing.trust(home, vkeys):
        typer.echo(vkey)


@app.command()
def serve(
    home: _Home,
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8090,
    host: Annotated[str, typer.Option(help="Where it listens.")] = "127.0.0.1",
) -> None:
    """Serve C2SP tlog-witness over HTTP until told to stop."""
    from gateway.cli.doing import witness as doing  # noqa: PLC0415 - imported when asked for

    doing.serve(home, host, port)
