"""The package of a new adapter: every file of it, by its path."""

import re
from collections.abc import Mapping
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from adapters.mapped.adapter import PATHS, SCHEMA
from adapters.mapped.forms import CSV, JSON, XML
from adapters.registry import GROUP
from gateway.errors import RequestError
from gateway.scaffolding.codes import table_text
from gateway.scaffolding.drafting import Draft, draft
from gateway.scaffolding.samples import Sample, look_at, tree_shape
from mappings.language.tables import INDEX_COLUMNS

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TEMPLATES: Final = files("gateway.scaffolding") / "templates"


class Made(NamedTuple):
    """A package that was made: its *folder*, its *files*, and the draft of its mapping."""

    folder: Path
    files: tuple[str, ...]
    guessed: int
    undecided: tuple[str, ...]
    left_out: tuple[str, ...]


def make(name: str, source: Path, into: Path, record: str = "") -> Made:
    """Write the package of the adapter *name*, made from *source*, into a new folder of *into*.

    A file of several children has them at *record*.
    Raises `RequestError` where the name or the source is none that can be used, or the folder is
    there already.
    """
    if not _NAME.fullmatch(name):
        message = "a name is of small letters, digits and single hyphens, and begins with a letter"
        raise RequestError(message)
    if entry_points(group=GROUP, name=name):
        message = f"there is an adapter `{name}` already: give this one another name"
        raise RequestError(message)
    sample = look_at(source, record)
    drafted = draft(sample, name)
    folder = into / f"caf-adapter-{name}"
    if folder.exists():
        message = f"`{folder.name}` is there already"
        raise RequestError(message)
    held = contents(name, sample, drafted)
    for path, content in held.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return Made(folder, tuple(held), drafted.guessed, drafted.undecided, sample.left_out)


def contents(name: str, sample: Sample, drafted: Draft) -> Mapping[str, bytes]:
    """Return the files of the package of the adapter *name*."""
    module = name.replace("-", "_")
    package = f"caf_adapter_{module}"
    has_schema = bool(sample.schema)
    words = {
        "name": name,
        "module": module,
        "package": package,
        "distribution": f"caf-adapter-{name}",
        "class_name": "".join(word.capitalize() for word in name.split("-")),
        "media_type": f"application/vnd.caf-adapter.{name}+{sample.kind}",
        "form_name": type(sample.form).__name__,
        "form": _form(sample),
        "shape_file": SCHEMA if has_schema else PATHS,
        "source": "schema" if has_schema else "sample",
        "guessed": str(drafted.guessed),
        "undecided": str(len(drafted.undecided)),
    }
    paths = "".join(f"{path}\n" for path in tree_shape(sample.root)).encode()
    index = [INDEX_COLUMNS, *(table.index for table in drafted.tables)]
    return {
        "pyproject.toml": _filled("pyproject.toml", words),
        "README.md": _filled("README.md", words),
        f"{package}/__init__.py": f'"""Records of {name} for the CAF gateway."""\n'.encode(),
        f"{package}/adapter.py": _filled("adapter.py", words),
        f"{package}/map.yaml": drafted.text(name).encode(),
        **({} if has_schema else {f"{package}/{PATHS}": paths}),
        **{f"{package}/{file}": content for file, content in sample.schema.items()},
        f"{package}/codes/index.csv": table_text(index).encode(),
        **{f"{package}/codes/{one.name}.csv": one.text.encode() for one in drafted.tables},
        f"{package}/examples/sample.{sample.kind}": sample.example,
        f"tests/test_{module}.py": _filled("test.py", words),
    }


def _filled(template: str, words: Mapping[str, str]) -> bytes:
    text = _TEMPLATES.joinpath(f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(words).encode()


def _form(sample: Sample) -> str:
    """Return the form of *sample* as Python."""
    match sample.form:
        case XML(root=root, namespace=namespace, record=record):
            of = f', "{namespace}"' if namespace else ""
            return f'XML("{root}"{of}{_record(record)})'
        case JSON(unquoted=unquoted, record=record):
            return f"JSON(unquoted={_tuple(unquoted)}{_record(record)})"
        case CSV(columns=columns, delimiter=delimiter):
            by = "" if delimiter == "," else f", delimiter={_double(delimiter)}"
            return f"CSV({_tuple(columns)}{by})"
        case form:
            message = f"`{type(form).__name__}` is no form that is written here"
            raise RequestError(message)


def _record(record: str) -> str:
    return f", record={_double(record)}" if record else ""


def _tuple(texts: tuple[str, ...]) -> str:
    if not texts:
        return "()"
    lines = "".join(f"    {_double(text)},\n" for text in texts)
    return f"(\n{lines})"


def _double(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'
