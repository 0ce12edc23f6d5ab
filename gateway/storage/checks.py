"""What a unit rests on, checked inside the transaction: stamps, states, and what may be once.

Read for the whole batch at once, then judged unit by unit in their order, so that of two units
that exclude one another the first goes in and the second is refused, and nobody else suffers.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.errors import ConflictError, DuplicateError, RefusedUnitError, StampMovedError
from gateway.storage import tables
from gateway.storage.database import Connection, Database, Row
from gateway.storage.prepared import CHANGED_TABLE, ONCE, Prepared
from gateway.storage.unit import ERASURES, Change, ChangeKind, Table


@dataclass(slots=True)
class Checks:
    """What the database says, and what the units admitted so far will have changed in it."""

    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    states: dict[tuple[ChangeKind, str], str] = field(default_factory=dict)
    taken: set[tuple[Table, Row]] = field(default_factory=set)

    @classmethod
    def read(
        cls, database: Database, connection: Connection, units: Sequence[Prepared]
    ) -> "Checks":
        """Return the checks for *units*, with all that they ask of the database."""
        checks = cls()
        stamps: dict[Row, None] = {ERASURES: None}
        ids: defaultdict[ChangeKind, dict[Row, None]] = defaultdict(dict)
        once: defaultdict[Table, dict[Row, None]] = defaultdict(dict)
        for unit in units:
            stamps.update(dict.fromkeys(stamp for stamp, _ in unit.stamps))
            stamps.update(dict.fromkeys(unit.moves))
            for change in unit.changes:
                ids[change.kind][change.id,] = None
            for table, row in unit.once:
                once[table][row] = None

        def find(
            table: str, columns: tuple[str, ...], keys: Iterable[Row], *more: str
        ) -> Iterable[Row]:
            wanted = tables.metadata.tables[table]
            return database.find(connection, wanted, columns, list(keys), *more)

        for kind, key, version in find("stamp", ("kind", "key"), stamps, "version"):
            checks.versions[str(kind), str(key)] = int(str(version))
        for change_kind, changed in ids.items():
            found = find(CHANGED_TABLE[change_kind], ("id",), changed, "state")
            checks.states.update(((change_kind, str(id_)), str(state)) for id_, state in found)
        for table, keys in once.items():
            checks.taken.update((table, row) for row in find(table, ONCE[table], keys))
        return checks

    def admit(self, unit: Prepared) -> RefusedUnitError | None:
        """Return why *unit* is refused, or None and count on its being written."""
        refused = self._moved(unit) or self._duplicate(unit) or self._conflict(unit)
        if refused is None:
            for move in unit.moves:
                self.versions[move] = self.versions.get(move, 0) + 1
            for change in unit.changes:
                self.states[change.kind, change.id] = _state_after(change)
            self.taken.update(unit.once)
        return refused

    def _moved(self, unit: Prepared) -> RefusedUnitError | None:
        versions = self.versions
        moved = [stamp[0] for stamp, version in unit.stamps if versions.get(stamp, 0) != version]
        return StampMovedError(tuple(dict.fromkeys(moved))) if moved else None

    def _duplicate(self, unit: Prepared) -> RefusedUnitError | None:
        if len(set(unit.once)) < len(unit.once):
            return DuplicateError("unit")
        for once in unit.once:
            if once in self.taken:
                return DuplicateError(once[0])
        return None

    def _conflict(self, unit: Prepared) -> RefusedUnitError | None:
        for change in unit.changes:
            if self.states.get((change.kind, change.id)) != change.before:
                message = f"the row of `{CHANGED_TABLE[change.kind]}` is not in this state any more"
                return ConflictError(message)
        return None


def _state_after(change: Change) -> str:
    return str(change.row.get("state", change.before))
