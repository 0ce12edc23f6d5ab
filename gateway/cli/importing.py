"""`caf-gateway import`: a big file, taken in record by record."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON, ByOperator, Home


def add_to(app: typer.Typer) -> None:
    """Add this command to *app*: it belongs to no group."""
    app.command("import")(import_file)


def import_file(  # noqa: PLR0913 - an import has all of this
    format_: Annotated[
        str, typer.Argument(metavar="FORMAT", help="An adapter's name: see `adapter list`.")
    ],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file to import.")],
    *,
    sender: Annotated[str, typer.Option(help="The service that it is from, by its id.")],
    to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SYSTEM|VALUE",
            help="A service that it is for, where the file names none; may be given again.",
        ),
    ] = None,
    use_case: Annotated[str | None, typer.Option(help="What it is for, by its code.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a file that was begun before.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Write every record's line to this .csv or .jsonl file."),
    ] = None,
    by: ByOperator = "operator",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Import a big file as a stream: each child is taken in, and recorded, by itself.

    What was taken in stands, whatever becomes of the rest; after a crash, go on by --resume.
    """
    from gateway.cli.doing import importing as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    asked = doing.Asked(
        format=format_,
        file=file,
        sender=sender,
        to=tuple(to or ()),
        use_case=use_case,
        resume=resume,
        report=report,
        by=by,
    )
    found = doing.run(home, asked)
    typer.echo(to_json(found) if as_json else doing.told(found), nl=as_json)
    if not doing.is_good(found):
        raise typer.Exit(1)
