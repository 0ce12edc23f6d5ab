"""The page of commands, `docs/commands.md`: what the command line says of itself."""

from collections.abc import Iterator

import typer.main
from typer.core import TyperCommand, TyperGroup

from gateway.cli.commands import app

HEAD = """\
# Commands

Written from the help texts of `caf-gateway`. Exit codes: 0 good, 1 found wanting, 2 wrong use.
Every command that needs a gateway's folder takes `--home`; without, it is what `CAF_GATEWAY_HOME`
names, or `./caf-gateway`.
"""


def render() -> str:
    """Return the page.

    >>> "## `caf-gateway init`" in render()
    True
    """
    return "\n".join([HEAD, *(_section(path, command) for path, command in commands())])


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Yield every command with what is typed for it."""
    yield from _below("caf-gateway", typer.main.get_command(app))


def _below(path: str, command: object) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _below(f"{path} {name}", child)
    elif isinstance(command, TyperCommand):
        yield path, command


def _section(path: str, command: TyperCommand) -> str:
    rows = [
        f"| {_shown(parameter)} | {_told(parameter)} |"
        for parameter in command.params
        if parameter.name not in {"help", "home"}
    ]
    table = ["", "| | |", "|---|---|", *rows] if rows else []
    return "\n".join([f"## `{path}`", "", (command.help or "").strip(), *table, ""])


def _shown(parameter: object) -> str:
    names = [*getattr(parameter, "opts", ())]
    if getattr(parameter, "param_type_name", "") == "argument":
        name = str(getattr(parameter, "name", "")).rstrip("_").upper()
        names = [getattr(parameter, "metavar", None) or name]
    return ", ".join(f"`{name}`" for name in names)


def _told(parameter: object) -> str:
    told = str(getattr(parameter, "help", None) or "").strip().replace("|", "\\|")
    is_required = getattr(parameter, "required", False)
    return f"{told} Required." if is_required and "--" in _shown(parameter) else told
