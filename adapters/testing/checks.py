"""The checks of the conformance kit: each yields what is wrong, and nothing where nothing is.

What they say names places, elements and codes, never what a record holds.
"""

import io
import re
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator
from itertools import islice

import msgspec

from adapters.contract import Outcome, Received, Severity
from adapters.errors import AdapterError
from adapters.testing.kit import RECORD, Example, Kit, envelope
from adapters.testing.wires import CANARY, Leaf, Wire, general
from mappings.caf.assessment import Assessment, Section
from mappings.caf.view import items_of
from mappings.errors import UnreadableError
from mappings.fidelity import Fate
from mappings.language.rows import Row
from mappings.language.translation import Translation, bare

_MOST: int = 10
_TRIALS: int = 5
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")
_MEDIA_TYPE = re.compile(r"[a-z][a-z-]*/[a-z0-9][a-z0-9.+-]*")


def says_what_it_is(kit: Kit) -> Iterator[str]:
    """The adapter has a name and media types that can be told apart, and another is the same."""
    adapter = kit.adapter
    if not _NAME.fullmatch(adapter.name):
        yield "`name` has to be of small letters, digits, hyphens and points"
    if not adapter.media_types or len(set(adapter.media_types)) < len(adapter.media_types):
        yield "`media_types` has to name at least one, and none twice"
    if not all(_MEDIA_TYPE.fullmatch(one) for one in adapter.media_types):
        yield "a media type has to be `type/subtype` in small letters"
    if not isinstance(adapter.carries_marks, bool):
        yield "`carries_marks` has to say whether a document tells its reader what binds it"
    if not kit.examples:
        yield "there has to be at least one example"
    written = kit.write(Assessment())
    if written and written.media_type.partition(";")[0] not in adapter.media_types:
        yield f"what is written has the media type `{written.media_type}`, which is not read"


def is_read(kit: Kit, example: Example) -> Iterator[str]:
    """An example is accepted, or accepted with findings that say who must do what."""
    received = kit.read(example.payload, example.media_type)
    is_rejected = received.outcome is Outcome.REJECT
    if is_rejected is not (example.name in kit.refused):
        codes = ", ".join(f"{one.code} at `{one.where}`" for one in received.findings)
        yield f"the outcome is {received.outcome.value}: {codes}"
    if not is_rejected and not received.readings:
        yield "it is accepted, and no child is read of it"
    for found in received.findings:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", found.code) or not found.message:
            yield f"a finding needs a hyphenated code and a message: `{found.code}`"


def is_idempotent(kit: Kit, example: Example) -> Iterator[str]:
    """The same bytes are read the same, by the same adapter and by another of its kind."""
    first = _told(kit.read(example.payload, example.media_type))
    if _told(kit.read(example.payload, example.media_type)) != first:
        yield "reading it again gives something else"
    again = kit.maker().read(example.payload, envelope(example.media_type))
    if _told(again) != first:
        yield "another adapter of the same kind reads something else"


def _told(received: Received) -> bytes:
    readings = [(one.assessment, one.ledger, one.sender_child_id) for one in received.readings]
    return msgspec.json.encode((received.outcome, received.findings, received.message, readings))


def says_where_it_came_from(kit: Kit, example: Example) -> Iterator[str]:
    """Every item has an id of its own, the record's digest, and a place in the record."""
    for reading in kit.read_example(example).readings:
        seen: set[str] = set()
        for element, item in items_of(reading.assessment):
            if not item.id or item.id in seen:
                yield f"`{element.path}`: an item has no id of its own"
            seen.add(item.id)
            if item.source is None or item.source.record != RECORD:
                yield f"`{element.path}`: an item does not name the record it came from"
            elif not item.source.place:
                yield f"`{element.path}`: an item does not say where in the record it stood"


def comes_back(kit: Kit, example: Example) -> Iterator[str]:
    """What was read is written, and read again as it was: theirs, the CAF, theirs, the CAF."""
    received = kit.read_example(example)
    known = {one.code for one in received.findings}
    for reading in received.readings:
        back = _carried(kit, reading.assessment, example.media_type)
        yield from _differences(kit, reading.assessment, back)
        yield from _warnings(kit, reading.assessment, example.media_type, known)


def _warnings(
    kit: Kit, assessment: Assessment, media_type: str, known: Container[str]
) -> Iterator[str]:
    """Yield what the adapter warns of in what it writes itself, if not for what was sent."""
    written = kit.write(assessment, media_type)
    if written is None:
        return
    for found in kit.read(written.content, written.media_type).findings:
        if found.severity is Severity.WARNING and found.code not in known:
            yield f"of what it writes, it warns: {found.code} at `{found.where}`"


def keeps_its_leaves(kit: Kit, example: Example, wire: Wire) -> Iterator[str]:
    """A leaf that the ledger calls kept stands in what is written, under the same names."""
    received = kit.read_example(example)
    there: Counter[tuple[str, str]] = Counter()
    kept: set[str] = set()
    for reading in received.readings:
        written = kit.write(reading.assessment, example.media_type)
        own = kit.wire(written.media_type) if written else None
        if written is None or type(own) is not type(wire):
            return  # it is only read, or written in another form
        there += Counter(map(_general, wire.leaves(written.content)))
        kept |= {one.place for one in reading.ledger.leaves if one.fate is Fate.KEPT}
    for leaf in wire.leaves(example.payload):
        if leaf.place in kept and kit.why_not(leaf.place) is None:
            if not there[_general(leaf)]:
                yield f"`{leaf.place}` is called kept, and is not in what is written"
            there[_general(leaf)] -= 1


def _general(leaf: Leaf) -> tuple[str, str]:
    return general(leaf.place), leaf.text


def accounts_for(kit: Kit, example: Example, wire: Wire) -> Iterator[str]:
    """An element that the format does not have is kept or reported: in the ledger, or found."""
    before = kit.read_example(example)
    findings = {(one.code, one.where) for one in before.findings}
    places = {leaf.place for one in before.readings for leaf in one.ledger.leaves}
    for number, payload in enumerate(wire.with_unknown(example.payload), start=1):
        after = kit.read(payload, example.media_type)
        if after.outcome is Outcome.REJECT:
            continue
        leaves = [leaf for one in after.readings for leaf in one.ledger.leaves]
        added = [leaf for leaf in leaves if leaf.place not in places]
        found = {(one.code, one.where) for one in after.findings} - findings
        if not added and not found:
            yield f"the unknown element of variant {number} is dropped without a word"
        is_mapped = any(leaf.fate in {Fate.KEPT, Fate.CHANGED} for leaf in added)
        if _holds_canary(after) and not is_mapped:
            yield f"the unknown element of variant {number} is in the CAF, and not in the ledger"


def _holds_canary(received: Received) -> bool:
    told = msgspec.json.encode([one.assessment for one in received.readings])
    return CANARY.encode() in told


def says_nothing_of_anybody(kit: Kit, example: Example, wire: Wire) -> Iterator[str]:
    """Neither findings nor the ledger repeat what the record holds, whatever is wrong with it."""
    for payload in wire.with_canary(example.payload):
        received = kit.read(payload, example.media_type)
        for found in received.findings:
            if CANARY in f"{found.code} {found.where} {found.message}":
                yield f"the finding `{found.code.replace(CANARY, '...')}` repeats what was sent"
        for reading in received.readings:
            if any(CANARY in f"{one.place} {one.note}" for one in reading.ledger.leaves):
                yield "the ledger repeats what was sent"


def streams_the_same(kit: Kit, example: Example) -> Iterator[str]:
    """A file that is read as a stream gives the same children and findings as read whole."""
    stream: Callable[..., Iterator[object]] | None = getattr(kit.adapter, "stream", None)
    if stream is None:
        return
    whole = kit.read(example.payload, example.media_type)
    readings, findings = [], []
    try:
        for portion in kit.adapter.stream(  # type: ignore[attr-defined]  # it was looked for
            io.BytesIO(example.payload), envelope(example.media_type)
        ):
            readings += [portion.reading.assessment] if portion.reading else []
            findings += portion.findings
    except AdapterError:
        if whole.outcome is not Outcome.REJECT:
            yield "the stream is refused, and the whole is not"
        return
    if readings != [one.assessment for one in whole.readings]:
        yield "the stream gives other children than the whole"
    if set(findings) != set(whole.findings):
        yield "the stream gives other findings than the whole"


def is_valid(kit: Kit, assessment: Assessment) -> Iterator[str]:
    """What is written of *assessment* is valid by the format's own schema, and written the same."""
    written = kit.write(assessment)
    if written is None:
        return
    fault = kit.fault_of(written.content)
    if fault is not None:
        yield f"what is written is not valid: {fault}"
    if kit.write(assessment) != written:
        yield "what is written twice is not the same"


def carries(kit: Kit, assessment: Assessment) -> Iterator[str]:
    """Any CAF can be written, and what was carried once is carried again."""
    once = _carried(kit, assessment)
    yield from _differences(kit, once, _carried(kit, once))


def _carried(kit: Kit, assessment: Assessment, media_type: str | None = None) -> Assessment:
    """Return what is read of *assessment* written; *assessment* itself where it is only read."""
    written = kit.write(assessment, media_type)
    if written is None:
        return assessment
    received = kit.read(written.content, written.media_type)
    if received.outcome is Outcome.REJECT:
        if kit.lacking.issuperset(one.code for one in received.findings):
            return Assessment()
        codes = ", ".join(f"{one.code} at `{one.where}`" for one in received.findings)
        message = f"what the adapter writes, it rejects: {codes}"
        raise AssertionError(message)
    return received.readings[0].assessment if received.readings else Assessment()


def _differences(kit: Kit, before: Assessment, after: Assessment) -> Iterator[str]:
    """Yield the elements in which two CAFs differ; ids and sources are no part of what is said."""
    first, second = _said(before), _said(after)
    for element in sorted(first.keys() | second.keys()):
        if first.get(element) != second.get(element) and kit.why_not(element) is None:
            yield f"`{element}` does not come back as it was"


def _said(assessment: Assessment) -> dict[str, Counter[bytes]]:
    plain = bare(assessment)
    said = {
        name: Counter([msgspec.json.encode(getattr(plain, name))])
        for name in plain.__struct_fields__
        if not isinstance(getattr(plain, name), Section) and name != "id"
    }
    ids = [msgspec.json.encode(item.id) for _, item in items_of(assessment) if item.id]
    for element, item in items_of(plain):
        told = msgspec.json.encode(item)
        for one in ids:  # what refers to an item refers to it by whatever id it has got
            told = told.replace(one, b'""')
        said.setdefault(element.path, Counter())[told] += 1
    return said


def coded_rows(translation: Translation) -> Iterator[tuple[str, Row]]:
    """Yield every row that goes by a code table, with the table's name."""
    rows = [*translation.facts, *(row for part in translation.parts for row in part.form.rows)]
    for row in rows:
        kind, _, name = row.function.name.removeprefix("each ").partition(":")
        if kind == "code":
            yield name, row


def codes_come_back(translation: Translation, table: str) -> Iterator[str]:
    """Every code of the format's own list is read, and written as what it was, or marked lossy."""
    for name, row in coded_rows(translation):
        if name != table or row.function.takes_lists:
            continue
        for code in _codes(translation, row):
            try:
                back = row.function.texts_of((row.function.read(code),))
            except UnreadableError:
                yield f"the code `{code}` of the format's list is not in the table"
                continue
            if back != (code,) and row.loss is None:
                yield f"the code `{code}` comes back as another: say in `lossy` what is lost"


def _codes(translation: Translation, row: Row) -> list[str]:
    """Return the codes of the format's closed list, if it is one, and those of the table."""
    steps = [step.name for step in row.slots[0].steps]
    found = translation.shape.find(steps)
    own = row.function.texts[0].replace("\\", "").split("|")
    is_plain = all(re.fullmatch(r"[\w ./:&-]+", one) for one in own)
    return sorted({*((found.codes if found else None) or ()), *(own if is_plain else ())})


def is_fast_enough(kit: Kit, example: Example, wire: Wire) -> Iterator[str]:
    """Reading is no more than so many times as slow as parsing alone, in one run."""
    parsing = min(_seconds(lambda: wire.baseline(example.payload)) for _ in range(_TRIALS))
    reading = min(
        _seconds(lambda: kit.read(example.payload, example.media_type)) for _ in range(_TRIALS)
    )
    if reading > kit.slowest * parsing:
        yield f"reading takes {reading / parsing:.0f} times as long as parsing, not {kit.slowest}"


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def require(complaints: Iterator[str]) -> None:
    """Raise `AssertionError` with the first of *complaints*, if there are any.

    >>> require(iter(()))
    >>> require(iter(["`child.names` does not come back as it was"]))
    Traceback (most recent call last):
        ...
    AssertionError: `child.names` does not come back as it was
    """
    found = list(islice(complaints, _MOST))
    if found:
        raise AssertionError("\n".join(found))
