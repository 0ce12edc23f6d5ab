"""`caf-gateway agreement list | check`: the information-sharing agreements of this gateway."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON, Home

app = typer.Typer(help="Information-sharing agreements.", no_args_is_help=True)


@app.command("list")
def list_agreements(*, home: Home = None, as_json: AsJSON = False) -> None:
    """List the agreements: how each stands today, and when it is due for review."""
    from gateway.cli.doing import agreement as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    rows = doing.standing(home)
    if as_json:
        typer.echo(to_json(rows))
        return
    print_table(
        ("agreement", "version", "stands", "until", "review", "title"),
        (
            (row.id, str(row.version), row.state, str(row.until), row.review, row.title)
            for row in rows
        ),
    )


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="ID/VERSION.yaml")],
) -> None:
    """Check one agreement; what is wrong is named with its line."""
    from policies.agreements import read  # noqa: PLC0415 - imported when asked for
    from policies.errors import DocumentError  # noqa: PLC0415 - imported when asked for

    try:
        agreement = read(file)
    except DocumentError as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None
    typer.echo(f"{agreement.id}, version {agreement.version}, is well formed")
