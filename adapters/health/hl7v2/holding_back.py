"""What of a message is not read though it stands there: it is kept with the original alone.

Whereabouts in a record that its sender marks as restricted, and observations that do not stand.
Each stays in its place as nothing, so that the places of all others are as they were.
"""

from collections.abc import Iterator
from typing import Final

from adapters.contract import Finding, Severity
from mappings.language.trees import Node, Tree

_WHEREABOUTS: Final = {
    "PID": ("11", "13", "14"),
    "NK1": ("4", "5", "6"),
    "CTD": ("3", "5"),
    "PD1": ("3", "4"),
}
_NEARBY: Final = "PP"  # the surgery tells where a child lives
_UNRESTRICTED: Final = (None, "", "N")
_STANDING: Final = (None, "", "F", "C", "P", "R", "S", "U")


def held_back(tree: Tree, at: str) -> tuple[Tree, list[Finding]]:
    """Return what of the message *tree*, at *at*, is read, and a finding for what is not.

    >>> held_back({"PD1": {"12": "Y"}, "PID": {"8": "F", "11": [{"5": "ZZ99 3AA"}]}}, "")[0]["PID"]
    {'8': 'F'}
    >>> held_back({"OBX": [{"5": "4", "11": "W"}]}, "")[0]
    {'OBX': [{}]}
    """
    said = dict(tree)
    findings = list(_withdrawn(said, at))
    if any(one.get("12") not in _UNRESTRICTED for one in _segments(tree, "PD1")):
        _restrict(said)
        message = (
            "the sender marks this child's record as restricted: the safeguarding lead has to "
            "record whether the child is shielded, and the sender to send the address again "
            "without the mark once that is settled"
        )
        findings.append(Finding("restricted-record", Severity.WARNING, f"{at}PD1-12", message))
    return said, findings


def _withdrawn(said: Tree, at: str) -> Iterator[Finding]:
    """Take away the observations that their sender takes back, or that have no result."""
    observations = _segments(said, "OBX")
    standing = [one.get("11") in _STANDING for one in observations]
    if all(standing):
        return
    said["OBX"] = [
        one if stands else {} for one, stands in zip(observations, standing, strict=True)
    ]
    message = (
        "the sender says that this observation is wrong, deleted or without a result: "
        "it is not read, and a person has to look at what was shared of it before"
    )
    for number, stands in enumerate(standing, start=1):
        if not stands:
            yield Finding("withdrawn", Severity.WARNING, f"{at}OBX[{number}]-11", message)


def _restrict(said: Tree) -> None:
    for name, fields in _WHEREABOUTS.items():
        if name in said:
            said[name] = _without(said[name], fields)
    if "PRD" in said:
        said["PRD"] = [{} if _is_nearby(one) else one for one in _segments(said, "PRD")]


def _without(node: Node, fields: tuple[str, ...]) -> Node:
    if isinstance(node, list):
        return [_without(one, fields) for one in node]
    if not isinstance(node, dict):
        return node
    return {name: child for name, child in node.items() if name not in fields}


def _is_nearby(provider: Tree) -> bool:
    roles = provider.get("1")
    held = roles if isinstance(roles, list) else [roles]
    return any(isinstance(one, dict) and one.get("1") == _NEARBY for one in held)


def _segments(tree: Tree, name: str) -> list[Tree]:
    node = tree.get(name)
    held = node if isinstance(node, list) else [node]
    return [one for one in held if isinstance(one, dict)]
