"""`caf-gateway map try`: what becomes of every leaf of a file, and what a recipient would get."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON

_HELP = "What mappings make of records."
app = typer.Typer(help=_HELP, no_args_is_help=True)


@app.callback(help=_HELP)
def _group() -> None:
    """Keep `try` a command of a group, though it is alone."""


@app.command("try")
def attempt(  # noqa: PLR0913 - a trial is asked for with all of this
    named: Annotated[
        str, typer.Argument(metavar="NAME", help="An adapter's name, or its project's folder.")
    ],
    file: Annotated[
        Path, typer.Argument(exists=True, help="The record to try; or a folder of tables.")
    ],
    to: Annotated[
        str | None, typer.Option(help="A type of service, as `school`: what would it get?")
    ] = None,
    *,
    purpose: Annotated[str, typer.Option(help="What it would get it for.")] = "early_help",
    holder: Annotated[str, typer.Option(help="The type of service it comes from.")] = "voluntary",
    fact: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="What else is recorded; may be given again."),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Say of every leaf whether it is kept, changed, lost or unmapped, and if it would be sent."""
    from gateway.cli.doing import mapping as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same
    from gateway.trying import Recipient  # noqa: PLC0415 - the same

    recipient = None if to is None else Recipient(to, purpose, holder, doing.facts(fact or ()))
    trial = doing.attempt(named, file, recipient)
    if as_json:
        typer.echo(to_json(trial))
    else:
        print_table(("leaf", "fate", "element", "how, why"), doing.leaves(trial))
        if to is not None:
            typer.echo(f"\nWhat a service of the type `{to}` would get for {purpose}:\n")
            print_table(("element", "release", "why"), doing.releases(trial))
        typer.echo(f"\n{doing.in_words(trial)}")
    if trial.outcome == "reject":
        raise typer.Exit(1)
