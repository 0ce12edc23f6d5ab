"""`caf-gateway attachment list | scan`: documents that came with records, held and scanned."""

import typer

from gateway.cli.options import AsJSON, By, Child, Home

app = typer.Typer(help="Documents that came with records.", no_args_is_help=True)


@app.command("list")
def list_attachments(child: Child, by: By, *, home: Home = None, as_json: AsJSON = False) -> None:
    """List a child's documents and what is known of them, for an officer; never what they say."""
    from gateway.cli.doing import attachment as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import print_table, to_json  # noqa: PLC0415 - the same

    found = doing.listed(home, child, by)
    if as_json:
        typer.echo(to_json(found))
    else:
        print_table(doing.COLUMNS, map(doing.cells, found))


@app.command()
def scan(*, home: Home = None, as_json: AsJSON = False) -> None:
    """Have those that are due scanned now, rather than when the workers come to it."""
    from gateway.cli.doing import attachment as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - the same

    report = doing.scanned(home)
    typer.echo(to_json(report) if as_json else doing.in_words(report))
