"""`caf-gateway policy decide | test | publish`: decisions, what is expected, what is decided by."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON

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
def publish(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to; made if need be.")],
    law: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Another law set.")
    ] = None,
    agreements: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Other agreements.")
    ] = None,
    *,
    as_json: AsJSON = False,
) -> None:
    """Write the law and the agreements as Cedar policies, with schema and guide."""
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for
    from policies import agreements as register  # noqa: PLC0415 - the same
    from policies import rules  # noqa: PLC0415 - the same
    from policies.cedar.publishing import publish as write  # noqa: PLC0415 - the same

    files = write(
        rules.load(law or rules.SHIPPED),
        register.Agreements.of(agreements or register.SHIPPED),
        folder,
    )
    names = [str(path.relative_to(folder)) for path in files]
    typer.echo(to_json(names) if as_json else "\n".join(names))
