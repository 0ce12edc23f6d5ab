"""`caf-gateway policy decide | test`: decisions from facts, and corpora of expected ones."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

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
