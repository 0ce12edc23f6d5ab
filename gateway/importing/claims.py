"""Which record of a file is about which child, so that no child is taken in twice from one file."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.intake import Intake


@dataclass(slots=True)
class Claims:
    """The children and identifiers that the records of one file have named, each by its number."""

    numbers: dict[object, int] = field(default_factory=dict)

    def of(self, number: int) -> Callable[[Intake], bool]:
        """Return what tells whether the record of this *number* names no earlier one's child.

        It is asked in the file's order, before anything waits: the first record has the child.
        """

        def allows(intake: Intake) -> bool:
            names: list[object] = []
            for child in intake.children:
                names += (child.id, *child.resolution.keys)
            if any(self.numbers.get(name, number) != number for name in names):
                return False
            self.note(names, number)
            return True

        return allows

    def note(self, names: Iterable[object], number: int) -> None:
        """Note that the record of this *number* has these children and identifiers."""
        self.numbers.update(dict.fromkeys(names, number))
