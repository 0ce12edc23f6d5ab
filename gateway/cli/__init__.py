"""The command line: `caf-gateway`.

One file a group of commands. Exit codes: 0 good, 1 found wanting, 2 wrong use. What a command
needs is imported inside it, so that `--help` answers at once.
"""

import sys

import typer

from gateway.cli import adapter, database, demonstration, policy, running

app = typer.Typer(
    name="caf-gateway",
    help="Share information about children safely between agencies.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # their frames show what variables hold
    add_completion=False,
)
running.add_to(app)
app.command()(demonstration.demo)
app.add_typer(adapter.app, name="adapter")
app.add_typer(database.app, name="db")
app.add_typer(policy.app, name="policy")


def main() -> None:
    """Run the command line; what cannot be done is said in one sentence."""
    from adapters.errors import AdapterError  # noqa: PLC0415 - after `--help` has been answered
    from gateway.errors import GatewayError  # noqa: PLC0415 - the same
    from policies.errors import PolicyError  # noqa: PLC0415 - the same

    try:
        app()
    except (AdapterError, GatewayError, PolicyError) as error:
        typer.echo(f"caf-gateway: {error}", err=True)
        sys.exit(2)
