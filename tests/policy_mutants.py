"""Mutants: the policies with one fault put in, to see whether the tests would notice.

A fault flips an outcome, negates a comparison, takes `and` for `or` or drops an obligation, in the
law as it was read from YAML, or in the Python that compiles and evaluates it. Each mutant has a
name that says where and what, and stays the same when lines move.
"""

import ast
import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import module_from_spec, spec_from_loader
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Final

import msgspec

import policies
from policies.conditions import Condition, Either, Every, Not
from policies.rules import GO_ON, UNCHANGED, Clause, LawSet, Rule
from policies.vocabulary import Outcome

# What stands between a parsed law and a decision, each importing those before it.
MODULES: Final = (
    "masks",
    "expressions",
    "decision_source",
    "decision_table",
    "evaluator",
    "decision",
)
_FLIPPED: Final = {
    Outcome.PERMIT: (Outcome.DENY,),
    Outcome.BREAK_GLASS: (Outcome.PERMIT, Outcome.REFER),
    Outcome.REDACT: (Outcome.PERMIT, Outcome.DENY),
    Outcome.REFER: (Outcome.PERMIT, Outcome.DENY),
    Outcome.DENY: (Outcome.PERMIT, Outcome.REFER),
    GO_ON: (Outcome.DENY,),
    UNCHANGED: (Outcome.REFER,),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault by its *name*; *modules* gives the modules of `policies` in which it is made."""

    name: str
    modules: Callable[[], dict[str, ModuleType]]
    law: LawSet | None = None


# --- in the law


def of_law(law: LawSet) -> Iterator[Mutant]:
    """Yield every mutant of *law*."""
    for phase in ("deciding", "lifting", "closing"):
        rules: tuple[Rule, ...] = getattr(law, phase)
        for at, rule in enumerate(rules):
            for what, faulty in _of_rule(rule, settles=phase != "closing"):
                mutated = msgspec.structs.replace(
                    law, **{phase: (*rules[:at], faulty, *rules[at + 1 :])}
                )
                yield Mutant(f"law {rule.id} #{at} {what}", unchanged, mutated)
    for name, definition in law.definitions.items():
        for what, condition in _of_condition(definition.condition):
            faulty = msgspec.structs.replace(definition, condition=condition)
            definitions = {**law.definitions, name: faulty}
            mutated = msgspec.structs.replace(law, definitions=definitions)
            yield Mutant(f"law {name} {what}", unchanged, mutated)


def _of_rule(rule: Rule, *, settles: bool) -> Iterator[tuple[str, Rule]]:
    replace = partial(msgspec.structs.replace, rule)
    for what, condition in _of_condition(rule.when):
        yield f"when {what}", replace(when=condition)
    for at, clause in enumerate(rule.clauses):
        others = rule.clauses[:at], rule.clauses[at + 1 :]
        for what, condition in _of_condition(clause.condition):
            yield (
                f"outcome {at} {what}",
                replace(clauses=(*others[0], Clause(clause.effect, condition), *others[1])),
            )
        for effect in _FLIPPED[clause.effect] if settles else ():
            yield (
                f"outcome {at} becomes {effect}",
                replace(clauses=(*others[0], Clause(effect, clause.condition), *others[1])),
            )
    for at, debt in enumerate(rule.debts):
        others = rule.debts[:at], rule.debts[at + 1 :]
        yield f"drops {debt.obligation}", replace(debts=(*others[0], *others[1]))
        for what, condition in _of_condition(debt.condition):
            faulty = msgspec.structs.replace(debt, condition=condition)
            yield f"{debt.obligation} {what}", replace(debts=(*others[0], faulty, *others[1]))


def _of_condition(condition: Condition, path: str = "") -> Iterator[tuple[str, Condition]]:
    """Yield *condition* with one fault: a test negated, or `and` for `or`."""
    match condition:
        case Not(inner):
            yield f"{path} not dropped", inner
            if isinstance(inner, Every | Either | Not):
                yield from ((what, Not(each)) for what, each in _of_condition(inner, f"{path}!"))
        case Every(parts) | Either(parts):
            if len(parts) > 1:
                other = Either if isinstance(condition, Every) else Every
                yield f"{path} becomes {other.__name__.lower()}", other(parts)
            for at, part in enumerate(parts):
                for what, each in _of_condition(part, f"{path}.{at}"):
                    yield what, type(condition)((*parts[:at], each, *parts[at + 1 :]))
        case _:
            yield f"{path} negated", Not(condition)


# --- in the Python


def of_python() -> Iterator[Mutant]:
    """Yield every mutant of the modules that compile and evaluate."""
    for module in MODULES:
        path = Path(policies.__file__).with_name(f"{module}.py")
        source = path.read_text(encoding="utf-8")
        for at, name in enumerate(_names(source)):
            yield Mutant(f"{module} {name}", partial(_mutated, module, source, at))


def _names(source: str) -> list[str]:
    """Return the names of the faults that can be made, a number after one that is there already."""
    names: list[str] = []
    for name, _ in _faults(ast.parse(source)):
        before = sum(each.partition(" #")[0] == name for each in names)
        names.append(f"{name} #{before + 1}" if before else name)
    return names


def _mutated(module: str, source: str, at: int) -> dict[str, ModuleType]:
    tree = ast.parse(source)
    faults = list(_faults(tree))
    faults[at][1]()
    return _loaded({module: ast.fix_missing_locations(tree)})


def unchanged() -> dict[str, ModuleType]:
    """Return our modules as they are."""
    return {name: importlib.import_module(f"policies.{name}") for name in MODULES}


def _loaded(trees: dict[str, ast.Module]) -> dict[str, ModuleType]:
    """Return our modules loaded anew beside those in use, some of them from other *trees*."""
    with _set_aside():
        for name in MODULES:
            full = f"policies.{name}"
            if name not in trees:
                importlib.import_module(full)
                continue
            spec = spec_from_loader(full, loader=None)
            assert spec is not None
            sys.modules[full] = module_from_spec(spec)
            setattr(policies, name, sys.modules[full])
            exec(compile(trees[name], full, "exec"), sys.modules[full].__dict__)  # noqa: S102 - it is our own source
        return {name: sys.modules[f"policies.{name}"] for name in MODULES}


@contextmanager
def _set_aside() -> Iterator[None]:
    kept = {name: sys.modules.pop(f"policies.{name}") for name in unchanged()}
    try:
        yield
    finally:
        for name, module in kept.items():
            sys.modules[f"policies.{name}"] = module
            setattr(policies, name, module)


_OPPOSITE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
# The same faults in text that becomes Python.
_WORDS: Final = {
    " and ": " or ",
    " or ": " and ",
    "if not ": "if ",
    r"\(not ": "(",
    r"& ~": "& ",
    r" & (?!~)": " | ",
    r" \| ": " & ",
    r"&= ~": "|= ",
    r"\|= ": "&= ",
}
_Fault = tuple[str, Callable[[], None]]


def _faults(tree: ast.Module) -> Iterator[_Fault]:
    """Yield each fault that can be put into *tree*: its name, and what puts it there."""
    for function in chain(
        [tree], (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))
    ):
        where = getattr(function, "name", "module")
        for node in _own(function):
            for what, put in _faults_of(node):
                yield f"{where}: {what}", put


def _own(function: ast.Module | ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of *function* itself that run: no annotations, and no texts for readers."""
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef) or _is_text(node):
            continue
        yield node
        fields = (
            value for name, value in ast.iter_fields(node) if name not in {"annotation", "bases"}
        )
        for field in fields:
            inner = field if isinstance(field, list) else [field]
            waiting += [each for each in reversed(inner) if isinstance(each, ast.AST)]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _faults_of(node: ast.AST) -> Iterator[_Fault]:  # noqa: C901 - one case for each kind of fault
    match node:
        case ast.Compare(ops=[op]):
            yield f"{_said(node)} negated", partial(setattr, node, "ops", [_OPPOSITE[type(op)]()])
        case ast.BoolOp(op=op):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{_said(node)} and/or", partial(setattr, node, "op", other)
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            twice = ast.UnaryOp(node.op, operand)
            yield f"{_said(node)} not dropped", partial(setattr, node, "operand", twice)
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr() as op) if not _is_type(node):
            other = ast.BitOr() if isinstance(op, ast.BitAnd) else ast.BitAnd()
            yield f"{_said(node)} and/or", partial(setattr, node, "op", other)
        case ast.AugAssign(op=ast.BitAnd() | ast.BitOr() as op):
            other = ast.BitOr() if isinstance(op, ast.BitAnd) else ast.BitAnd()
            yield f"{_said(node)} and/or", partial(setattr, node, "op", other)
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if _is_bare(test):
            negated = ast.UnaryOp(ast.Not(), test)
            yield f"if {_said(test)} negated", partial(setattr, node, "test", negated)
        case ast.Attribute(value=ast.Name(id="Outcome"), attr=name):
            for other in _FLIPPED[Outcome[name]]:
                yield f"{name} becomes {other}", partial(setattr, node, "attr", other.name)
        case ast.Constant(value=str() as text):
            for word, other in _WORDS.items():
                for found in re.finditer(word, text):
                    faulty = text[: found.start()] + other + text[found.end() :]
                    yield f"{text!r} becomes {faulty!r}", partial(setattr, node, "value", faulty)
        case _:
            pass


def _is_bare(test: ast.expr) -> bool:
    return not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp)


def _is_type(node: ast.BinOp) -> bool:
    return isinstance(node.right, ast.Name) and node.right.id[0].isupper()


def _said(node: ast.AST) -> str:
    return f"`{ast.unparse(node).splitlines()[0][:80]}`"
