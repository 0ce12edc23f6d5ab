"""`caf-gateway policy decide | test | activate | …`: the law, and what is decided by it."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Home

app = typer.Typer(help="Decide, and check what is decided.", no_args_is_help=True)


@app.command()
def decide(
    file: Annotated[str, typer.Argument(help="Facts, a JSON object a line; - for standard input.")],
    defaults: Annotated[
        Path | None, typer.Option(help="A corpus whose defaults fill in absent facts.")
    ] = None,
) -> None:
    """Decide each line of facts; print outcomes, rules and obligations, a JSON object a line."""
    from policies.corpus import decide_lines  # noqa: PLC0415 - imported when asked for

    with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as lines:
        for decision in decide_lines(lines, defaults):
            typer.echo(decision)


@app.command(name="test")
def run_corpus(
    file: Annotated[Path, typer.Argument(exists=True, help="A corpus of scenarios (YAML).")],
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Decide every scenario of a corpus; the last line says how many came out as expected."""
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for
    from policies import corpus  # noqa: PLC0415 - imported when asked for

    result = corpus.run(file)
    if as_json:
        typer.echo(to_json(result))
    else:
        for scenario, wrong in result.failures.items():
            typer.echo(f"{scenario}: {'; '.join(wrong)}")
        typer.echo(str(result))
    if result.failed:
        raise typer.Exit(1)


@app.command()
def explain(  # noqa: PLR0913 - an explanation is asked for with all of this
    file: Annotated[
        str | None,
        typer.Argument(help="Facts: YAML, or a JSON object a line; - for standard input."),
    ] = None,
    *,
    entry: Annotated[int | None, typer.Option(min=0, help="A decision in the log.")] = None,
    reader: Annotated[str, typer.Option(help="officer, practitioner or family.")] = "officer",
    what_if: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="If a fact were another; may be given again."),
    ] = None,
    defaults: Annotated[
        Path | None, typer.Option(help="A corpus whose defaults fill in absent facts.")
    ] = None,
    on: Annotated[str | None, typer.Option(help="The day, as 2026-11-30; today if none.")] = None,
    by: Annotated[
        str, typer.Option(help="Who reads an entry: a practitioner; as officer, an officer.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why you look, for the log.")] = "",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Say a decision in plain English, for one reader, and what would change it."""
    from gateway.cli.doing import explaining as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    if (file is None) is (entry is None):
        message = "give a file of facts, or --entry the index of a decision"
        raise typer.BadParameter(message)
    who, changes = doing.reader_of(reader), what_if or ()
    found = (
        doing.explain_file(file, defaults, who, changes, on)
        if file is not None
        else doing.explain_entry(home, entry or 0, who, changes, by=by, reason=reason)
    )
    for one in found:
        typer.echo(to_json(one) if as_json else one.text)


@app.command(name="check")
def prove(
    path: Annotated[
        Path,
        typer.Argument(exists=True, help="A law folder, an agreement, or a folder with both."),
    ],
    *,
    brief: Annotated[bool, typer.Option("--brief", help="Say only what is wrong.")] = False,
    as_json: AsJSON = False,
) -> None:
    """Check law and agreements, and prove what must always hold of them, with counterexamples."""
    from gateway.cli.doing import proving as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for
    from policies.errors import PolicyError  # noqa: PLC0415 - imported when asked for
    from policies.proving import check  # noqa: PLC0415 - imported when asked for

    try:
        report = check.check(path)
    except PolicyError as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None
    typer.echo(
        to_json(doing.plain(report)) if as_json else "\n".join(doing.told(report, brief=brief))
    )
    if report.false:
        raise typer.Exit(1)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(exists=True, help="A law folder, or an agreement.")],
    new: Annotated[Path, typer.Argument(exists=True, help="What is to take its place.")],
    *,
    as_json: AsJSON = False,
) -> None:
    """Say what would be newly released, referred or withheld, each with an example."""
    from gateway.cli.doing import proving as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    found = doing.difference(old, new)
    report = {"digest": found.digest, "difference": found}
    typer.echo(to_json(report) if as_json else "\n".join(doing.differing(found)))


@app.command()
def activate(
    folder: Annotated[
        Path | None,
        typer.Argument(exists=True, file_okay=False, help="The bundle of law to propose."),
    ] = None,
    *,
    by: By,
    approve: Annotated[
        str | None, typer.Option(help="The digest of a bundle that another officer proposed.")
    ] = None,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Propose a bundle of law, and show what it changes; another officer approves its digest."""
    from gateway.cli.doing import law as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    if (folder is None) is (approve is None):
        message = "give the folder of a bundle to propose, or --approve a digest"
        raise typer.BadParameter(message)
    if folder is not None:
        proposed = doing.propose(home, folder, by)
        typer.echo(to_json(proposed) if as_json else doing.shown(proposed))
        return
    policy = doing.approve(home, approve or "", by)
    report = {"digest": policy.digest, "version": policy.version, "approved_by": policy.approved_by}
    said = f"law {policy.digest} is in force, approved by {' and '.join(policy.approved_by)}"
    typer.echo(to_json(report) if as_json else said)


@app.command()
def rehearse(
    planned: Annotated[
        Path, typer.Argument(metavar="BUNDLE", exists=True, help="A law folder, or an agreement.")
    ],
    *,
    since: Annotated[str, typer.Option(help="Decisions from this day on, as 2026-11-30.")],
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Decide what was recorded again under a bundle; say what would be released or withheld."""
    from gateway.cli.doing import law as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    found = doing.rehearsed(home, planned, since)
    typer.echo(to_json(found) if as_json else doing.told(found))


@app.command()
def publish(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to; made if need be.")],
    *,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Write the law and the agreements in force as Cedar policies, with schema and guide."""
    from gateway.cli.doing import law as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    files = doing.publish(home, folder)
    typer.echo(to_json(files) if as_json else "\n".join(files))
