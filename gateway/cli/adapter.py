"""`caf-gateway adapter list | read | write | new | check | …`: formats, tried, made and checked."""

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
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
    hashes: Annotated[
        bool, typer.Option("--hashes", help="The hashes of their code, for the settings.")
    ] = False,
) -> None:
    """List the installed adapters and what they read."""
    from adapters import registry  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    names = registry.installed()
    if hashes:
        editions = {name: registry.load([name]).editions[name].digest for name in names}
        typer.echo(to_json(editions))
        return
    media_types = {name: registry.load([name]).named(name).media_types for name in names}
    if as_json:
        typer.echo(to_json(media_types))
        return
    for name, types in media_types.items():
        typer.echo(f"{name:20} {', '.join(types)}")


@app.command()
def read(
    name: Name,
    file: Annotated[
        Path, typer.Argument(exists=True, help="The record to read: a file, or a folder of tables.")
    ],
    media_type: MediaType = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Report all of it as JSON.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="One JSON object a child.")] = False,
) -> None:
    """Read a record: accepted or not, what was found, and the CAF of each child."""
    from gateway.cli.doing import adapter as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json, to_line  # noqa: PLC0415 - imported when asked for

    report = doing.read(name, doing.content_of(file), media_type)
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


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The new adapter's name, as `acme`.")],
    source: Annotated[
        Path,
        typer.Option(
            "--from",
            exists=True,
            dir_okay=False,
            help="A record (.xml, .json, .csv), synthetic, or a schema (.xsd).",
        ),
    ],
    into: Annotated[Path, typer.Option(file_okay=False, help="Where its folder is made.")] = Path(),
    record: Annotated[
        str, typer.Option(help="Where a file of several children has them, as `Children/Child`.")
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Make the package of a new adapter: it can be installed, and its tests pass at once."""
    from gateway.cli.doing import adapter_package as doing  # noqa: PLC0415 - when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    made = doing.new(name, source, into, record)
    typer.echo(
        to_json(made._asdict() | {"folder": str(made.folder)})
        if as_json
        else doing.made_in_words(made)
    )


@app.command()
def check(
    named: Annotated[
        str, typer.Argument(metavar="NAME", help="An adapter's name, or its project's folder.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Check an adapter: its imports, what it reaches, mapping, tables, examples, page and tests."""
    from gateway.cli.doing import adapter_package as doing  # noqa: PLC0415 - when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    checked = doing.check(named)
    if as_json:
        typer.echo(
            to_json({"name": checked.name, "faults": [one._asdict() for one in checked.faults]})
        )
    elif checked.faults:
        print_table(("check", "where", "what is wrong"), checked.faults)
    else:
        typer.echo(f"{checked.name}: nothing is wrong")
    if checked.faults:
        raise typer.Exit(1)
