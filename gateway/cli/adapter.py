"""`caf-gateway adapter list | read | write | concept-map`: the formats, tried on files."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The formats that agencies speak.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="An adapter's name: see `adapter list`.")]
MediaType = Annotated[
    str | None, typer.Option(help="The media type of the file; else the adapter's first.")
]


@app.command("list")
def list_adapters(
    *, as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False
) -> None:
    """List the installed adapters and what they read."""
    from adapters import registry  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    names = registry.installed()
    media_types = {name: registry.load([name]).named(name).media_types for name in names}
    if as_json:
        typer.echo(to_json(media_types))
        return
    for name, types in media_types.items():
        typer.echo(f"{name:20} {', '.join(types)}")


@app.command()
def read(
    name: Name,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The record to read.")],
    media_type: MediaType = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Report all of it as JSON.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="One JSON object a child.")] = False,
) -> None:
    """Read a record: accepted or not, what was found, and the CAF of each child."""
    from gateway.cli.doing import adapter as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json, to_line  # noqa: PLC0415 - imported when asked for

    report = doing.read(name, file.read_bytes(), media_type)
    if lines:
        for child in doing.by_child(report):
            typer.echo(to_line(child))
    elif as_json:
        typer.echo(to_json(report))
    else:
        typer.echo(doing.in_words(report))
    if report.outcome == "reject":
        raise typer.Exit(1)


@app.command()
def write(
    name: Name,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One CAF, as JSON.")],
    media_type: MediaType = None,
    purpose: Annotated[str, typer.Option(help="The purpose that the document states.")] = "help",
) -> None:
    """Write one CAF, whole, in an agency's format, to standard output."""
    from gateway.cli.doing import adapter as doing  # noqa: PLC0415 - imported when asked for

    payload = doing.write(name, file.read_bytes(), media_type, purpose)
    typer.echo(payload.content, nl=False)


@app.command("concept-map")
def concept_map(
    table: Annotated[
        str | None, typer.Argument(help="A code table's name; without it, the tables are listed.")
    ] = None,
) -> None:
    """Print a code table that the mappings use as a FHIR ConceptMap."""
    from gateway.cli.doing import adapter as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    if table is not None:
        typer.echo(to_json(doing.concept_map(table)))
        return
    for name, title in doing.code_tables().items():
        typer.echo(f"{name:20} {title}")
