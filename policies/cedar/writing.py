"""Cedar policies as text."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.cedar.expressions import text


@dataclass(frozen=True, slots=True)
class Policy:
    """One Cedar policy: *effect* on *action*, where all of *when* holds and none of *unless*.

    >>> print(Policy({"id": "P1"}, "permit", "Disclose", when=("principal.on_team",)), end="")
    @id("P1")
    permit (principal, action == Action::"Disclose", resource)
    when { principal.on_team };
    """

    notes: Mapping[str, str]
    effect: str
    action: str
    resource: str = ""
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def __str__(self) -> str:
        notes = [f"@{name}({text(value)})" for name, value in self.notes.items()]
        resource = f"resource == {self.resource}" if self.resource else "resource"
        head = f'{self.effect} (principal, action == Action::"{self.action}", {resource})'
        when = [f"when {_braced(each)}" for each in self.when]
        unless = [f"unless {_braced(each)}" for each in self.unless]
        return "\n".join([*notes, head, *when, *unless]) + ";\n"


def _braced(condition: str) -> str:
    return f"{{\n  {condition}\n}}" if "\n" in condition else f"{{ {condition} }}"
