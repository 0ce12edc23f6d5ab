"""`caf-gateway audit verify | export | prove | replay | search | fidelity | check-receipt`."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, ByOperator, Form, Home

app = typer.Typer(help="The tamper-evident log.", no_args_is_help=True)


@app.command()
def verify(
    *,
    older: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A checkpoint or receipt from before, whoever holds it; may be given again.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Verify the whole stored log, and all that rests on it: every entry with its rows."""
    from gateway.cli.doing import audit as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    found = doing.verify(home, older or ())
    if as_json:
        typer.echo(to_json(found))
    else:
        for fault in found.faults:
            typer.echo(f"WRONG  {fault.where}: {fault.message}\n       {fault.act}")
        if found.holds:
            typer.echo(doing.told(found))
    if not found.holds:
        raise typer.Exit(1)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made, or brought up to date.")],
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Write the log as tiles (C2SP tlog-tiles) that anybody can verify with tools of their own."""
    from audit.errors import AuditError  # noqa: PLC0415 - imported when asked for
    from gateway.cli.doing import audit as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    try:
        report = doing.export(home, folder)
    except AuditError as error:
        typer.echo(f"not exported: {error}")
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(to_json(report))
    else:
        typer.echo(
            f"{folder}: {report.size} entries, {report.size - report.size_before} of them new"
        )


@app.command()
def prove(
    index: Annotated[int, typer.Argument(min=0, max=2**63 - 2, help="The index of an entry.")],
    part: Annotated[str, typer.Option(help="recipient, sender or gateway.")] = "recipient",
    home: Home = None,
    *,
    early: Annotated[
        bool, typer.Option("--early", help="By the oldest checkpoint, with its signatures of then.")
    ] = False,
) -> None:
    """Write the receipt of one entry, for the holder of one part of it, to standard output."""
    from gateway.cli.doing import audit as doing  # noqa: PLC0415 - imported when asked for

    typer.echo(doing.prove(home, index, part, early=early))


@app.command()
def replay(
    index: Annotated[
        int | None, typer.Argument(min=0, max=2**63 - 2, help="The index of an entry.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every decision in the log.")] = False,
    since: Annotated[str | None, typer.Option(help="Every decision from this day on.")] = None,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Decide again what entries record, under the law of then; say where the answer differs."""
    from gateway.cli.doing import replaying as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    if (index is None) is not (every or since is not None):
        message = "give the index of an entry, or --all, or --since a day"
        raise typer.BadParameter(message)
    found = doing.replay_since(home, since) if index is None else doing.replay_one(home, index)
    typer.echo(to_json(found) if as_json else doing.told(found))
    if not doing.is_same(found):
        raise typer.Exit(1)


@app.command()
def search(  # noqa: PLR0913 - a search has all of this
    *,
    child: Annotated[str | None, typer.Option(help="Entries about this child, by its id.")] = None,
    service: Annotated[str | None, typer.Option(help="From, to or about this service.")] = None,
    organisation: Annotated[
        str | None, typer.Option(help="The same, of any service of this organisation.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="Acts of this practitioner, by id.")] = None,
    request: Annotated[str | None, typer.Option(help="What this request led to, by id.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Of this purpose of use.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Of this type of entry.")] = None,
    since: Annotated[str | None, typer.Option(help="From this day or time on.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this day or time.")] = None,
    by: ByOperator = "operator",
    reason: Annotated[str, typer.Option(help="Why you look, for the log.")] = "",
    complete: Annotated[
        bool,
        typer.Option("--complete/--fast", help="Prove that the list about a child is complete."),
    ] = True,
    form: Annotated[
        Form, typer.Option("--format", help="How to give the list; see below.")
    ] = Form.TABLE,
    as_json: AsJSON = False,
    home: Home = None,
) -> None:
    """Search the log; the search is itself recorded in it.

    Whatever is given must hold together. About a child, the whole log is passed over to prove
    that the list is complete, unless --fast is given; on standard error stands what is proved.

    Formats: table; json (all of each entry); csv; fhir (a Bundle of AuditEvents); accounting (CSV
    of disclosures: what was told to whom, for a family to read); accounting-officer (the same,
    with what was withheld).
    """
    from gateway.cli.doing import search as doing  # noqa: PLC0415 - imported when asked for

    asked = doing.Asked(
        child=child,
        service=service,
        organisation=organisation,
        user=user,
        request=request,
        purpose=purpose,
        type=type_,
        since=since,
        until=until,
        by=by,
        reason=reason,
        complete=complete and child is not None,
    )
    form = Form.JSON if as_json else form
    found = doing.find(home, asked, form)
    typer.echo(doing.written(found, form), nl=False)
    if form is not Form.JSON:
        for line in doing.remarks(found.answer):
            typer.echo(line, err=True)
    if not found.answer.is_sound:
        raise typer.Exit(1)


@app.command()
def fidelity(
    index: Annotated[int, typer.Argument(min=0, max=2**63 - 2, help="The entry of an import.")],
    *,
    by: By,
    reason: Annotated[str, typer.Option(help="Why you look, for the log.")] = "",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Say what became of each leaf of the record that an entry imported: kept, changed, lost.

    It is for officers of information governance, and the look is itself recorded. It names places,
    never what stands there.
    """
    from gateway.cli.doing import audit as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    account = doing.fidelity(home, index, by, reason)
    typer.echo(to_json(account) if as_json else doing.accounted(account), nl=as_json)


@app.command(
    "check-receipt",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
def check_receipt(context: typer.Context) -> None:
    """Check a receipt offline: FILE --vkeys FILE [--quorum K] [--payload FILE] [--json].

    It needs the verifier keys of the log, which `audit export` writes, and of the witnesses that
    you trust, of which *K* must have cosigned; and nothing else of a gateway.
    """
    from gateway.cli import receipt  # noqa: PLC0415 - imported when asked for

    raise typer.Exit(receipt.check(context.args))
