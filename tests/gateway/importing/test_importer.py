"""Importing a file: each child by itself, once; what stands where the file does not."""

import asyncio
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files

import pytest
from big_files import a_ctf
from books import require_balanced
from lines_adapter import STOP, LinesAdapter, a_line
from worlds import EARLY_HELP, SCHOOL, START, a_world

from adapters.contract import Destination, Envelope, Outcome
from adapters.errors import UnsupportedFormatError
from adapters.registry import Registry
from adapters.social_care.ssda903 import SSDA903Adapter
from audit.events import EntryType
from audit.parts import Part
from gateway.errors import ConflictError, UnknownServiceError
from gateway.importing.importer import Importer, Order, Progress
from gateway.importing.records import BigFile
from gateway.importing.report import WHOLE_FILE, Fate
from mappings.ssda903.editions import ROOT

MORE = {"lines": LinesAdapter("lines"), "ssda903": SSDA903Adapter()}


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def bring(world, tmp_path):
    """Return what imports a file of these bytes, and gives the report and its lines."""

    def bring(content, format_="ctf", watch=None, **more):
        path = tmp_path / "big"
        if not (path.exists() and path.read_bytes() == content):
            path.write_bytes(content)
        lines, seen = [], []
        exchange = world.gateway.exchange
        if format_ in MORE:
            exchange = replace(exchange, adapters=Registry(MORE))
        order = Order(file=BigFile.at(path), format=format_, sender=SCHOOL, by="operator", **more)
        importer = Importer(
            exchange=exchange, order=order, tell=lines.append, watch=watch or seen.append
        )
        report = asyncio.run(importer.run())
        assert all(isinstance(one, Progress) for one in seen)
        return report, lines

    return bring


def imports(world, kind=EntryType.IMPORT):
    """Return what the sender's part of each such entry says."""
    details = world.gateway.office.details
    return [
        details.detail(index).open(Part.SENDER).fields()
        for index, found in enumerate(world.types())
        if found is kind
    ]


def test_each_child_is_a_record_of_its_own_bytes_with_an_entry_of_its_own(world, bring):
    content = a_ctf(3)

    report, lines = bring(content)

    assert (report.taken, report.repeated, report.rejected) == (3, 0, 0)
    assert [line.number for line in lines] == [1, 2, 3, WHOLE_FILE]
    for line, said in zip(lines, imports(world), strict=False):
        start = said["offset"]
        own = content[start : start + said["record_bytes"]]
        assert own.startswith(b"<Pupil>")
        assert own.endswith(b"</Pupil>")
        assert sha256(own).hexdigest() == said["record_sha256"]
        assert said["file_sha256"] == sha256(content).hexdigest()
        assert content[:start].count(b"\n") + 1 == line.line
    require_balanced(world)


def test_a_stored_record_can_be_read_again_by_itself(world, bring):
    bring(a_ctf(2))
    store = world.gateway.office.archive.store
    adapter = world.gateway.exchange.adapters.named("ctf")

    for id_, child in world.rows("SELECT record_id, child_id FROM record_key"):
        record = store.records.read(id_, child)
        assert record.content.startswith(b"<Pupil>")
        received = adapter.read(record.readable, Envelope(media_type="", at=START))
        assert len(received.readings) == 1


def test_the_file_as_a_whole_has_one_entry_by_its_hash(world, bring):
    content = a_ctf(2)

    report, _ = bring(content)

    (said,) = imports(world, EntryType.FILE_IMPORT)
    assert world.types()[report.entry] is EntryType.FILE_IMPORT
    assert said["file_sha256"] == sha256(content).hexdigest()
    assert (said["records"], said["rejected"]) == (2, 0)
    assert said["findings"] == ["unknown-recipient destination 1"]


def test_a_file_that_was_begun_is_refused_but_to_go_on_with_it(world, bring):
    first, _ = bring(a_ctf(3))
    size = world.size

    with pytest.raises(ConflictError):
        bring(a_ctf(3))
    again, lines = bring(a_ctf(3), resume=True)

    assert (again.taken, again.repeated, again.entry) == (0, 3, first.entry)
    assert {line.fate for line in lines[:3]} == {Fate.REPEATED}
    assert world.size == size


def test_what_stands_before_a_file_breaks_stands(world, bring):
    content = a_ctf(3)
    broken = content[: content.rindex(b"</Pupil>")]

    report, lines = bring(broken)

    assert report.outcome is Outcome.REJECT
    assert (report.taken, report.stopped.code) == (2, "not-xml")
    assert report.stopped.where.startswith(str(broken.count(b"\n") + 1))
    assert "mend" in report.next_step
    assert lines[-1].findings[-1] == report.stopped
    assert len(imports(world)) == 2
    assert imports(world, EntryType.FILE_IMPORT)[0]["outcome"] == "reject"
    require_balanced(world)


def test_a_file_of_another_format_is_rejected_with_an_entry(world, bring):
    report, _ = bring(b"<Register/>")

    assert (report.outcome, report.taken, report.stopped.code) == (Outcome.REJECT, 0, "not-a-ctf")
    assert imports(world) == []
    assert imports(world, EntryType.FILE_IMPORT)[0]["findings"] == ["not-a-ctf /*"]


def test_one_child_is_taken_in_once_from_one_file(world, bring):
    content = a_line("c1") + a_line("c2") + a_line("c1", "Bea") + a_line("c3")

    report, lines = bring(content, "lines")

    assert [line.fate for line in lines[:4]] == [Fate.TAKEN, Fate.TAKEN, Fate.REJECTED, Fate.TAKEN]
    assert lines[2].findings[-1].code == "child-named-twice"
    assert (report.outcome, report.rejected) == (Outcome.ACCEPT_WITH_FINDINGS, 1)
    again, lines = bring(content, "lines", resume=True)
    assert (again.repeated, again.rejected) == (3, 1)
    assert len(imports(world, EntryType.REJECTED)) == 1
    require_balanced(world)


def test_a_child_in_error_is_rejected_and_the_others_stand(world, bring):
    content = files("adapters.social_care").joinpath("examples/cin-2026.xml").read_bytes()
    content = content.replace(b"<ReferralNFA>false", b"<ReferralNFA>perhaps", 1)

    report, lines = bring(content, "cin")

    assert [line.fate for line in lines[:2]] == [Fate.REJECTED, Fate.TAKEN]
    assert (report.taken, report.rejected) == (content.count(b"<Child>") - 1, 1)
    assert report.outcome is Outcome.ACCEPT_WITH_FINDINGS
    (said,) = imports(world, EntryType.REJECTED)
    assert said["file_sha256"] == report.file_sha256
    assert world.rows("SELECT count(*) FROM record") == [(report.taken,)]
    again, _ = bring(content, "cin", resume=True)
    assert (again.repeated, again.rejected) == (report.taken, 1)
    assert len(imports(world, EntryType.REJECTED)) == 1


def test_a_format_of_two_media_types_is_read_as_what_the_file_is(world, bring):
    child = b"<CHILD><HEADER><CHILD>%d</CHILD><SEX>1</SEX></HEADER></CHILD>"
    content = b"<%b>%b</%b>" % (ROOT.encode(), child % 1 + child % 2, ROOT.encode())

    report, _ = bring(content, "ssda903")

    assert report.taken == 2
    assert {said["media_type"] for said in imports(world)} == {
        "application/vnd.caf-gateway.ssda903+xml"
    }


def test_a_child_that_is_known_is_the_same_in_the_next_file(world, bring):
    bring(a_line("c1") + a_line("c2"), "lines")
    bring(a_line("c1", "Bea"), "lines")

    assert world.rows("SELECT count(*) FROM child") == [(2,)]
    assert world.rows("SELECT count(*) FROM assessment") == [(3,)]


def test_records_are_passed_on_where_a_service_is_named(world, bring):
    dos = "https://fhir.nhs.uk/Id/dos-service-id"

    bring(a_line("c1") + a_line("c2"), "lines", destinations=(Destination(dos, EARLY_HELP),))

    kinds = world.types()
    assert kinds.count(EntryType.DISCLOSURE) + kinds.count(EntryType.REFUSAL) == 2


def test_more_is_wrong_than_the_file(bring, world, tmp_path):
    with pytest.raises(UnsupportedFormatError):
        bring(b"{}", "early-help")
    path = tmp_path / "big"
    order = Order(file=BigFile.at(path), format="ctf", sender="nobody", by="operator")
    importer = Importer(
        exchange=world.gateway.exchange, order=order, tell=lambda _: None, watch=lambda _: None
    )
    with pytest.raises(UnknownServiceError):
        asyncio.run(importer.run())


def test_a_file_that_is_written_to_meanwhile_is_not_ended(world, bring, tmp_path):
    def grow(_progress):
        with (tmp_path / "big").open("ab") as file:
            file.write(b"\n")

    with pytest.raises(ConflictError):
        bring(a_ctf(1), watch=grow)
    assert imports(world, EntryType.FILE_IMPORT) == []


def test_nothing_after_the_file_stops_is_taken_in(bring):
    report, _ = bring(a_line("c1") + STOP + a_line("c2"), "lines")

    assert (report.taken, report.stopped.code) == (1, "no-document")
