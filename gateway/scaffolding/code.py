"""The code of an adapter, looked through without being run: what it imports, and what it calls."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

PUBLIC: Final = (
    "adapters.contract",
    "adapters.errors",
    "adapters.mapped",
    "adapters.testing",
    "mappings.caf",
    "mappings.errors",
    "mappings.fidelity",
    "mappings.language",
)
"""What of ours a third party's adapter may import: it stays as it is, or changes with notice."""

_OURS: Final = {"adapters", "audit", "gateway", "mappings", "policies"}
_NEVER: Final = {"audit", "gateway", "policies"}
_MODULES: Final = {
    "network": "aiohttp asyncio ftplib http httpx httpx2 requests smtplib socket ssl urllib",
    "file": "dbm glob os pickle shelve shutil sqlite3 sqlalchemy tempfile psycopg mmap",
    "clock": "sched time",
    "chance": "random secrets uuid",
    "process": "ctypes multiprocessing signal subprocess threading",
    "log": "logging structlog",
}
_REACHES: Final = {name: what for what, names in _MODULES.items() for name in names.split()}
_CALLS: Final = {
    "open": "file",
    "print": "log",
    "input": "file",
    "eval": "process",
    "exec": "process",
    "compile": "process",
    "__import__": "process",
}
_METHODS: Final = {
    **dict.fromkeys(("write_text", "write_bytes", "unlink", "mkdir", "touch", "rename"), "file"),
    **dict.fromkeys(("now", "utcnow", "today"), "clock"),
    "import_module": "process",
}
_READS: Final = {"open", "read_text", "read_bytes"}
_OPENS: Final = {"importlib.resources", "zipfile", "tarfile"}  # what is opened of these is no file
_HARMLESS: Final = {"urllib.parse"}
_WHY: Final = {
    "network": "an adapter never reaches the network",
    "file": "an adapter reads no file but its own data, and writes none",
    "clock": "an adapter asks no clock: the time is in the envelope",
    "chance": "an adapter is the same each time: nothing in it is left to chance",
    "process": "an adapter starts nothing, and runs no code that it is given",
    "log": "an adapter logs nothing: what it has to say is a finding",
}


class Found(NamedTuple):
    """Something in the code: which *check* it fails, on which *line*, and why not."""

    check: str
    line: int
    message: str


def look_through(file: Path, own: str, *, is_ours: bool) -> Iterator[Found]:
    """Yield what the module in *file* of the package *own* must not do.

    One that *is_ours* may import what is not public, as the project's import contracts allow.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as error:
        yield Found("code", getattr(error, "lineno", None) or 1, "this is not Python")
        return
    reads_own_data = any(name in _OPENS for name, _ in _imported(tree))
    for name, line in _imported(tree):
        fault = _import_fault(name, own, is_ours=is_ours)
        if fault is not None:
            yield Found(*fault[:1], line, fault[1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            what = _reached(node.func, reads_own_data=reads_own_data)
            if what is not None:
                yield Found(what, node.lineno, _WHY[what])


def _imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield every name that is imported, with modules before it, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((one.name, node.lineno) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            if module in _OURS or any(f"{module}.{one.name}" in _HARMLESS for one in node.names):
                yield from ((f"{module}.{one.name}", node.lineno) for one in node.names)
            else:
                yield module, node.lineno


def _import_fault(name: str, own: str, *, is_ours: bool) -> tuple[str, str] | None:
    top = name.partition(".")[0]
    if top in _NEVER:
        return "imports", f"`{name}` is the gateway's own: an adapter decides and records nothing"
    if top in _OURS and not is_ours and not _is_public(name):
        return (
            "imports",
            f"`{name}` is not public: import {', '.join(f'`{one}`' for one in PUBLIC)}",
        )
    if top == own or name in _HARMLESS:
        return None
    what = _REACHES.get(top)
    return None if what is None else (what, f"`{name}`: {_WHY[what]}")


def _is_public(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in PUBLIC)


def _reached(called: ast.expr, *, reads_own_data: bool) -> str | None:
    """Return what is reached by calling *called*, if it is anything that it must not be."""
    if isinstance(called, ast.Name):
        return _CALLS.get(called.id)
    if isinstance(called, ast.Attribute):
        if called.attr in _READS and not reads_own_data:
            return "file"
        return _METHODS.get(called.attr)
    return None
