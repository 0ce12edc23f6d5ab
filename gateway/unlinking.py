"""Unlinking: a record that was filed under the wrong child is filed under a child of its own.

To unlink a record we must:

(1) file a new child, with a key of its own, and under it what came with the record: the
    assessment, the family's consent as the record states it, the facts, and the record's key;
(2) remove those from the child they were filed under, who keeps what others said;
(3) name in both children's entries who was told of the one what is the other's, and give each of
    them a notice.

What still waits to be sent of it is decided again before it is sent, and recalled: the child's
stamp has moved. Search keys stay with the child they were filed for, since a number says nothing
about which of two children it is; the sender's own id for the child is moved where it is given.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from audit.events import EntryType
from audit.parts import Part
from gateway import entries, identity
from gateway.archive import FiledWith
from gateway.consents import recorded_in
from gateway.errors import RequestError
from gateway.notices.document import NoticeKind
from gateway.notices.giving import tell_all
from gateway.notices.told import told_of
from gateway.office import Office
from gateway.storage.unit import Entry, Removal, Stamp, Table, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked:
    """What was done: the *new_child*, the *entry* that says so, and who was *told* before."""

    new_child: str
    entry: int
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinking:
    """One record, by its *record* id, on its way out of the file of a *child*; *by* whom, why.

    *own_id* is the sender's own id for the new child, where later messages are to find it by that.
    """

    office: Office
    child: str
    record: str
    by: str
    reason: str
    own_id: str = ""

    def run(self) -> Unlinked:
        """File the record under a child of its own.

        Raises `RequestError` where the child has no such record, or *own_id* is not the child's,
        and `BusyError` where the child's file never stands still.
        """
        return self.office.settle(self._run)

    def _run(self, office: Office) -> Unlinked:
        version = office.archive.store.children.stamp(self.child).version
        filed = self._filed()
        holder = filed.assessment.holder
        to_tell = told_of(office, self.child, holder)
        told = tuple(to_tell)
        unit = Unit(stamps=(Stamp("child", self.child, version),), moves=(("child", self.child),))
        new_child = office.filing.new_id()
        office.filing.new_child(unit, new_child, ())

        said = self._file(unit, filed, new_child, entry=1)  # (1)
        self._move_attachments(unit, filed, new_child, entry=1)
        self._remove(unit, filed)  # (2)
        if self.own_id:
            self._move_own_id(unit, holder, new_child)
        # (3) The entries: of the child, then of the new one, with which it was filed.
        unit.entries.append(self._entry(filed, told, new_child, version + 1))
        unit.entries.append(self._entry_of(new_child, filed, told, said))
        kind = NoticeKind.UNLINKED
        tell_all(office, unit, self.child, kind, to_tell, holder=holder, because=0)
        committed = office.committer.commit(unit)
        return Unlinked(new_child=new_child, entry=committed.indices[0], told=told)

    def _filed(self) -> FiledWith:
        archive = self.office.archive
        record = archive.store.records.find(self.child, self.record)
        filed = None if record is None else archive.filed_with(self.child, record)
        if filed is None:
            message = "there is no such record of this child"
            raise RequestError(message)
        return filed

    def _file(self, unit: Unit, filed: FiledWith, child: str, *, entry: int) -> list[bytes]:
        """File all of it under the new *child*, and return what was said with it."""
        filing, assessment, record = self.office.filing, filed.assessment, _record(filed)
        episode = filing.episode(unit, child, assessment.holder)
        unit.writes.append(self.office.archive.store.records.shared(record, self.child, child))
        said = filing.assessment(
            unit,
            filing.new_id(),
            filed.content,
            child_id=child,
            episode=episode,
            record=record,
            holder=assessment.holder,
            version=1,
            entry=entry,
        )
        consents = recorded_in(filed.content, assessment.holder, assessment.created_at)
        facts = [fact for _, fact in filed.facts]
        return [
            said,
            *filing.consents(unit, child, consents, by=assessment.holder, entry=entry),
            *filing.facts(unit, child, facts, by=assessment.holder, entry=entry),
        ]

    def _move_attachments(self, unit: Unit, filed: FiledWith, child: str, *, entry: int) -> None:
        """File the documents that came with the record anew, sealed for the new *child*."""
        store = self.office.archive.store
        content = store.records.read(_record(filed), self.child).content
        for one in store.attachments.of_child(self.child):
            if one.described.record == entries.digest(content):
                moved = replace(one, child_id=child)
                unit.removals.append(Removal(Table.ATTACHMENT, (one.id,)))
                unit.writes.append(moved.write(store.vault, store.attachments.content(one), entry))

    def _remove(self, unit: Unit, filed: FiledWith) -> None:
        unit.removals += [
            Removal(Table.ASSESSMENT, (filed.assessment.id,)),
            Removal(Table.RECORD_KEY, (_record(filed), self.child)),
            *(Removal(Table.CONSENT, (id_,)) for id_ in filed.consents),
            *(Removal(Table.CHILD_FACT, (id_,)) for id_, _ in filed.facts),
        ]

    def _move_own_id(self, unit: Unit, holder: str, child: str) -> None:
        key = (identity.LOCAL, f"{holder}|{self.own_id}")
        if self.office.archive.find(*key) != self.child:
            message = "this is not the sender's own id for the child"
            raise RequestError(message)
        write = self.office.archive.store.children.index(child, *key)
        unit.removals.append(Removal(Table.CHILD_INDEX, (write.row["kind"], write.row["key"])))
        unit.writes.append(write)

    def _entry(self, filed: FiledWith, told: tuple[str, ...], new_child: str, stamp: int) -> Entry:
        """Return the entry in the child's own history, which names the one that was mistaken."""
        gateway: entries.Fields = {
            "child": self.child,
            "children": [new_child],
            "entry": filed.assessment.leaf,
            "decided_by": self.by,
            "justification": self.reason,
        }
        return self._unlinked(self.child, filed, told, gateway | entries.recorded((), stamp))

    def _entry_of(
        self, child: str, filed: FiledWith, told: tuple[str, ...], said: Iterable[bytes]
    ) -> Entry:
        """Return the entry with which the new child's history begins."""
        content = self.office.archive.store.records.read(_record(filed), self.child).content
        gateway: entries.Fields = {
            "child": child,
            "decided_by": self.by,
            "record_sha256": entries.digest(content),
        }
        return self._unlinked(child, filed, told, gateway | entries.recorded(said, 0))

    def _unlinked(
        self, child: str, filed: FiledWith, told: tuple[str, ...], gateway: entries.Fields
    ) -> Entry:
        holder = filed.assessment.holder
        shared: entries.Fields = {"record": _record(filed), "recipients": list(told)}
        return entries.entry(
            EntryType.IDENTITY_UNLINKED,
            {Part.SENDER: shared, Part.GATEWAY: gateway | shared | {"sender": holder}},
            self.office.ports.random,
            sender=holder,
            child_id=child,
        )


def _record(filed: FiledWith) -> str:
    """Return the id of the record; what is found by its record has one."""
    return filed.assessment.record_id or ""
