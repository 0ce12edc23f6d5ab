"""`caf-gateway consent`: what a family agreed to share, and with whom."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Child, Home

app = typer.Typer(help="Consent statements of a family.", no_args_is_help=True)

Grantor = Annotated[str, typer.Option(help="Who says so: child, parent:NAME, or unnamed:SERVICE.")]
Services = Annotated[
    list[str] | None, typer.Option("--service", help="With whom; may be repeated.")
]
Excepted = Annotated[
    list[str] | None, typer.Option("--except", help="Except whom; may be repeated.")
]
Refused = Annotated[
    list[str] | None, typer.Option("--refuse", help="A category or set, as health, not shared.")
]
RefusedTo = Annotated[
    list[str] | None,
    typer.Option("--refuse-to", help="SERVICE=CATEGORY,...: not shared with it; repeatable."),
]


@app.command()
def record(  # noqa: PLR0913 - a statement has all of this
    child: Child,
    *,
    grantor: Grantor,
    sharing: Annotated[str, typer.Option(help="given or refused.")],
    by: By,
    services: Services = None,
    excepted: Excepted = None,
    refused: Refused = None,
    refused_to: RefusedTo = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="Only these categories; may be repeated.")
    ] = None,
    purposes: Annotated[
        list[str] | None, typer.Option("--purpose", help="Only for this; may be repeated.")
    ] = None,
    begins: Annotated[str | None, typer.Option(help="The day on which it begins.")] = None,
    expires: Annotated[str | None, typer.Option(help="The day on which it ends.")] = None,
    how: Annotated[str, typer.Option(help="spoken, paper or signed.")] = "spoken",
    responsibility: Annotated[
        str | None, typer.Option(help="Parental responsibility of this parent: yes, no, unknown.")
    ] = None,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record one person's statement, in place of an earlier one, which stays on record."""
    from gateway.cli.doing import consent as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.doing.dates import day  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for
    from gateway.consenting.statements import Said  # noqa: PLC0415 - imported when asked for

    said = Said(
        grantor=grantor,
        sharing=sharing,
        services=tuple(services or ()),
        excepted=tuple(excepted or ()),
        refused=tuple(refused or ()),
        excluded=doing.some_to_some(refused_to or []),
        scope=None if scope is None else tuple(scope),
        purposes=tuple(purposes or ()),
        begins=day(begins),
        expires=day(expires),
        how=how,
        responsibility=responsibility,
    )
    report = doing.record(home, child, said, by)
    if as_json:
        typer.echo(to_json(report))
        return
    typer.echo(f"recorded as entry {report.entry} of the log")
    if not report.counts:
        typer.echo("it does not count yet: no parental responsibility is on record for this person")


@app.command()
def preview(  # noqa: PLR0913 - a proposal has all of this
    child: Child,
    *,
    grantor: Grantor,
    holder: Annotated[str, typer.Option(help="The service whose record it is about.")],
    recipients: Annotated[
        list[str], typer.Option("--to", help="Who would see what: a service; may be repeated.")
    ],
    services: Services = None,
    excepted: Excepted = None,
    refused: Refused = None,
    refused_to: RefusedTo = None,
    purpose: Annotated[str, typer.Option(help="What it would be shared for.")] = "early_help",
    competent: Annotated[
        str, typer.Option(help="Whether the child can decide alone: yes, no, unknown.")
    ] = "unknown",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Show a family who would see what, before they sign; nothing of it is recorded."""
    from gateway.cli.doing import consent as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for
    from gateway.consenting.preview import Proposal  # noqa: PLC0415 - imported when asked for
    from gateway.consenting.statements import Said  # noqa: PLC0415 - imported when asked for

    said = Said(
        grantor=grantor,
        sharing="given",
        services=tuple(services or ()),
        excepted=tuple(excepted or ()),
        refused=tuple(refused or ()),
        excluded=doing.some_to_some(refused_to or []),
        responsibility="yes",
    )
    report = doing.preview(
        home,
        child,
        Proposal(
            said=said,
            holder=holder,
            services=tuple(recipients),
            purpose=purpose,
            competent=competent,
        ),
    )
    if as_json:
        typer.echo(to_json(report))
        return
    for line in doing.preview_in_words(report):
        typer.echo(line)


@app.command()
def withdraw(  # noqa: PLR0913 - a withdrawal has all of this
    child: Child,
    grantor: Grantor,
    by: By,
    service: Annotated[
        str | None, typer.Option(help="From this service alone; else altogether.")
    ] = None,
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Withdraw consent: nothing more begins to be sent on it. Says what was on its way already."""
    from gateway.cli.doing import consent as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.withdraw(home, child, grantor, service, by)
    if as_json:
        typer.echo(to_json(report))
        return
    typer.echo(f"withdrawn as entry {report.entry} of the log")
    for one in report.already:
        done = "delivered" if one.state == "delivered" else "being sent"
        typer.echo(f"already {done} to service {one.recipient}: entry {one.entry}")
    if not report.already:
        typer.echo("nothing had been sent")


@app.command()
def show(child: Child, *, home: Home = None, as_json: AsJSON = False) -> None:
    """Show each person's newest statement, and those before it."""
    from gateway.cli.doing import consent as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.show(home, child)
    if as_json:
        typer.echo(to_json(report))
        return
    for standing in report:
        typer.echo(f"{standing.grantor} (parental responsibility: {standing.has_responsibility})")
        for line in doing.in_words(standing):
            typer.echo(f"  {line}")


@app.command("export")
def write(child: Child, *, home: Home = None) -> None:
    """Print each person's newest statement as a FHIR Consent (IHE PCF), one to a line."""
    from gateway.cli.doing import consent as doing  # noqa: PLC0415 - imported when asked for

    for document in doing.write(home, child):
        typer.echo(document)


@app.command("import")
def read(
    file: Annotated[Path, typer.Argument(help="A FHIR Consent, as JSON or XML.")],
    by: By,
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record the statement in a FHIR Consent; what is not read with certainty is not believed."""
    from gateway.cli.doing import consent as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    report = doing.read(home, file, by)
    if as_json:
        typer.echo(to_json(report))
    elif report.taken is not None:
        typer.echo(f"recorded as entry {report.taken.entry} of the log")
    for finding in () if as_json else report.findings:
        typer.echo(f"{finding.where}: {finding.code}: {finding.message}")
    if report.taken is None or report.taken.doubts:
        raise typer.Exit(1)
