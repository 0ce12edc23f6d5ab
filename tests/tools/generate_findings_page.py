"""The page of findings, `docs/findings.md`: every code, how much it weighs, and what is to be done.

It is written from the source: wherever a finding, a doubt or a refusal is made, its code stands
beside the sentence. What is put together at run time is not in it: so tests hold that the codes
which the formats' examples give are on the page.
"""

import ast
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SOURCES = (
    "adapters/**/*.py",
    "mappings/**/*.py",
    "gateway/answers.py",
    "gateway/importing/*.py",
)

PAGE = """\
# Findings

Written from the source. Whatever comes in, over HTTP, as a FHIR message, from a file that is
imported or by hand, has one of three outcomes: **accept**; **accept with findings** if there is a
*warning*; **reject** if there is an *error* (`adapters.contract.outcome_of`). *Information*
changes nothing. A finding has a stable code, a place, and a sentence that says who must do what;
it never repeats what the record holds. It is told alike as `errors` of problem+json, as `issue` of
an OperationOutcome, and in the terminal. Where a collection has published rules, the code is
theirs. `…` stands for a place, a number or a name of our own.
"""
EVERY = "Every format"
WAYS_IN = "Every way in"

_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*|\d{3,4}Q?|INT\d+")
_MAKERS = re.compile(r"(Error|Finding|Doubt|_?(warning|finding|rejected|error|note|found)|of_\w+)$")
_NOT_OURS = {"TypeError", "ValueError", "KeyError", "SystemError", "RuntimeError"}
_OF_OPERATORS = {"AdapterClashError", "UnknownAdapterError", "UntrustedAdapterError"}
_FAMILIES = {"fhir_r4": "FHIR", "consents.py": "FHIR", "ssda903": "`ssda903`"}


class Declared(NamedTuple):
    """A code as it stands in the source: *weight* is its severity, as far as that stands there."""

    group: str
    code: str
    weight: str
    message: str


def render() -> str:
    """Return the page.

    >>> "| `not-a-ctf` | error |" in render()
    True
    """
    lines = [PAGE]
    found = declared()
    for group in sorted({one.group for one in found}, key=_order):
        lines.append(f"## {group}\n\n| code | severity | what to do |\n|---|---|---|")
        lines += _rows([one for one in found if one.group == group])
        lines.append("")
    return "\n".join(lines)


def declared() -> list[Declared]:
    """Return every code that the source declares."""
    found: set[Declared] = set()
    for pattern in SOURCES:
        for path in ROOT.glob(pattern):
            if path.name != "generated.py":
                found |= set(_Module(path).declared())
    return sorted(found)


def _rows(some: list[Declared]) -> Iterator[str]:
    for code in sorted({one.code for one in some}):
        same = [one for one in some if one.code == code]
        weights = ", ".join(sorted({one.weight for one in same if one.weight}))
        said = "; ".join(sorted({one.message for one in same if one.message}))
        yield f"| `{code}` | {weights} | {said.replace('|', chr(92) + '|')} |"


def _order(group: str) -> tuple[int, str]:
    return ([WAYS_IN, EVERY].index(group) if group in {WAYS_IN, EVERY} else 2, group)


class _Module:
    """One module, in which codes are looked for; *texts* are the strings that it gives names."""

    def __init__(self, path: Path) -> None:
        self._tree = ast.parse(path.read_text("utf-8"))
        self._group = _group_of(path.relative_to(ROOT))
        self._texts = _named_texts(self._tree)

    def declared(self) -> Iterator[Declared]:
        for scope in ast.walk(self._tree):
            if not isinstance(scope, ast.FunctionDef | ast.Module):
                continue
            texts = self._texts if isinstance(scope, ast.Module) else None
            for node in _own_nodes(scope):
                yield from self._of(node, texts or (self._texts | _named_texts(scope, node)))

    def _of(self, node: ast.AST, texts: dict[str, str]) -> Iterator[Declared]:
        if isinstance(node, ast.Call):
            yield from self._of_call(node, texts)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Attribute) and _name(key.value) == "Departure":
                    code = _departure(key.attr)
                    yield Declared(self._group, code, "warning", _text(value, texts))
        elif isinstance(node, ast.Tuple) and self._group == WAYS_IN:
            said = [_text(one, texts) for one in node.elts]
            if len(said) == 3 and _CODE.fullmatch(said[0]) and " " in said[2]:
                yield Declared(self._group, said[0], "error", said[2])

    def _of_call(self, call: ast.Call, texts: dict[str, str]) -> Iterator[Declared]:
        maker = _name(call.func)
        if maker in _NOT_OURS | _OF_OPERATORS or not _MAKERS.search(maker):
            return
        given = [
            *call.args,
            *(one.value for one in call.keywords if one.arg in {"code", "message"}),
        ]
        said = [(one, _text(one, texts)) for one in given]
        codes = [
            text
            for one, text in said
            if isinstance(one, ast.Constant) and _CODE.fullmatch(text) and _is_code(text, maker)
        ]
        sentences = [text for _, text in said if " " in text]
        is_refusal = maker.endswith("Error") and bool(codes) and "-" in codes[-1]
        if codes and (sentences or is_refusal):
            weight = _weight(call, maker, codes[-1])
            yield Declared(
                self._group,
                codes[-1],
                weight,
                " ".join(max(sentences, key=len, default="").split()),
            )


def _is_code(text: str, maker: str) -> bool:
    """Whether a word is a code: those of rules stand beside the name of what they are about."""
    return "-" in text or not maker.startswith("of_") or not text.islower()


def _group_of(path: Path) -> str:
    if path.parts[0] == "gateway":
        return WAYS_IN
    names = [one.name for one in metadata.entry_points(group="caf_gateway.adapters")]
    words = [part.removesuffix(".py") for part in path.parts[1:]]
    for name in sorted(names, key=len, reverse=True):
        if any(word.startswith(name.replace("-", "_")) for word in words):
            return f"`{name}`"
    families = (_FAMILIES[one] for one in _FAMILIES for part in path.parts if part.startswith(one))
    return next(families, EVERY)


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in *scope*, but for what stands in functions within it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if isinstance(child, ast.FunctionDef):
            for decorator in child.decorator_list:
                yield from ast.walk(decorator)
        else:
            yield from _own_nodes(child)


def _named_texts(scope: ast.AST, before: ast.AST | None = None) -> dict[str, str]:
    """Return the strings that *scope* gives names, as they are *before* a node."""
    line = getattr(before, "lineno", 10**9)
    named = [
        node
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.lineno <= line
    ]
    texts: dict[str, str] = {}
    for node in sorted(named, key=lambda one: one.lineno):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and (said := _text(node.value, {})):
                texts[target.id] = said
    return texts


def _text(node: ast.AST | None, texts: dict[str, str]) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Name):
        return texts.get(node.id, "")
    if isinstance(node, ast.JoinedStr):
        parts = (_text(one, {}) if isinstance(one, ast.Constant) else "…" for one in node.values)
        return "".join(parts)
    return ""


def _weight(call: ast.Call, maker: str, code: str) -> str:
    for node in ast.walk(call):
        if isinstance(node, ast.Attribute) and _name(node.value) == "Severity":
            return node.attr.lower()
    if maker.endswith("Error") or "rejected" in maker:
        return "error"
    if maker.startswith("of_"):
        return "warning" if code.endswith("Q") else "error"
    return "warning" if "warning" in maker or maker == "Doubt" else ""


def _departure(member: str) -> str:
    from mappings.language.shapes import Departure  # noqa: PLC0415 - for its values alone

    return Departure[member].value


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
