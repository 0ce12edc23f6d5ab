"""Attachments from message to scanner: held, sealed, scanned, locked away; never shared."""

import asyncio
import base64
import json
from dataclasses import replace

import pytest
from bars_messages import EXAMPLES, message, resources
from books import require_balanced
from clamd import EICAR, clamd
from tampering import change
from worlds import HEALTH_VISITING, OFFICER, SCHOOL, TEACHER, a_world, caller

from adapters.contract import Destination
from adapters.health.e_rs import MEDIA_TYPE as E_RS
from adapters.health.uk_core import JSON as UK_CORE
from audit.events import EntryType
from audit.parts import Part
from gateway.attachments import listing
from gateway.attachments.scanner import ClamdScanner
from gateway.erasing.erasure import Order
from gateway.errors import EntitlementError
from gateway.requests import Accepted, Inbound
from gateway.stored_log import open_stored_log
from gateway.tasks import Kind
from gateway.unlinking import Unlinking
from gateway.verifying.verification import verify
from mappings.bars.names import DOS_SERVICE

PDF = b"%PDF-1.7 canary-letter"
TITLE = "canary-title"


def with_documents(*contents, media_type="application/pdf"):
    """Return a referral that brings documents with these contents."""
    plain = message()
    plain["entry"] += [
        {
            "fullUrl": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
            "resource": {
                "resourceType": "DocumentReference",
                "status": "current",
                "content": [
                    {
                        "attachment": {
                            "contentType": media_type,
                            "title": TITLE,
                            "data": base64.b64encode(content).decode(),
                        }
                    }
                ],
            },
        }
        for number, content in enumerate(contents)
    ]
    return json.dumps(plain).encode()


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def scanner(tmp_path):
    with clamd(tmp_path) as address:
        yield ClamdScanner(address, 5.0)


def scanning(world, scanner=None):
    return replace(world.gateway.scanning(), scanner=scanner)


def attached(world):
    return world.gateway.office.archive.store.attachments.of_sender(HEALTH_VISITING)


def said(world, part=Part.GATEWAY):
    details = world.gateway.office.details
    return [
        details.detail(index).open(part).fields()
        for index, one in enumerate(world.types())
        if one is EntryType.ATTACHMENT
    ]


def faults_of(world):
    with open_stored_log(world.gateway.settings) as stored:
        return verify(stored).faults


def asked(world):
    return world.gateway.office.archive.waiting(Kind.ATTACHMENT)


def test_a_document_is_held_byte_for_byte_under_an_entry_of_its_own(world):
    world.take(with_documents(PDF))
    (held,) = attached(world)
    assert world.gateway.office.archive.store.attachments.content(held) == PDF
    assert (held.state, held.media_type, held.described.title) == ("held", "application/pdf", TITLE)
    (sender,) = said(world, Part.SENDER)
    assert (sender["attachment"], sender["outcome"]) == (held.id, "held")
    require_balanced(world)


def letter_for(name):
    """Return the example *name* as a Bundle with a letter about whom it is."""
    plain = json.loads((EXAMPLES / f"{name}.json").read_bytes())
    if plain["resourceType"] != "Bundle":
        plain = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": plain}]}
    binary = {"resourceType": "Binary", "contentType": "application/pdf"}
    binary["data"] = base64.b64encode(PDF).decode()
    plain["entry"].append({"fullUrl": "urn:uuid:6b0f", "resource": binary})
    return json.dumps(plain).encode()


@pytest.mark.parametrize(
    ("name", "media_type"), [("uk-core-record", UK_CORE), ("e-rs-referral", E_RS)]
)
def test_the_other_formats_of_fhir_bring_documents_that_are_held_too(world, name, media_type):
    inbound = Inbound(
        caller=caller(HEALTH_VISITING),
        content=letter_for(name),
        media_type=media_type,
        request_id="request-1",
        destinations=(Destination(DOS_SERVICE, SCHOOL),),
    )
    answer = asyncio.run(world.gateway.exchange.receive(inbound))
    assert isinstance(answer, Accepted), answer
    store = world.gateway.office.archive.store.attachments
    assert PDF in [store.content(held) for held in attached(world)]


def test_nothing_that_is_said_of_a_document_is_in_the_clear(world):
    world.take(with_documents(PDF))
    rows = world.rows("SELECT * FROM attachment")
    assert b"canary" not in repr(rows).encode()


def test_no_recipient_is_sent_a_word_of_it_whatever_the_scanner_found(world, scanner):
    world.take(with_documents(PDF))
    scanning(world, scanner).run()
    world.dispatch()
    sent = b"".join(world.delivered(SCHOOL)).decode()
    assert sent
    assert "canary-letter" not in sent
    assert TITLE not in sent
    assert base64.b64encode(PDF).decode() not in sent


def test_a_document_that_is_not_taken_never_costs_the_message(world):
    answer = world.take(with_documents(b"MZ\x90\x00", PDF))
    codes = [one.code for one in answer.findings]
    assert "attachment-not-allowed" in codes
    assert len(attached(world)) == 1
    require_balanced(world)


def test_a_clean_document_is_no_longer_held_for_the_scanner(world, scanner):
    world.take(with_documents(PDF))
    assert scanning(world, scanner).run() == {"clean": 1}
    (stored,) = attached(world)
    assert (stored.state, stored.attempts) == ("clean", 1)
    assert world.types()[stored.closing_leaf] is EntryType.ATTACHMENT
    assert scanning(world, scanner).run() == {}
    assert asked(world) == ()
    require_balanced(world)


def test_an_infected_document_is_locked_away_with_a_task_and_its_sender_is_told(world, scanner):
    world.take(with_documents(EICAR, PDF, media_type="application/octet-stream"))
    assert scanning(world, scanner).run() == {"infected": 1, "clean": 1}
    assert sorted(one.state for one in attached(world)) == ["clean", "quarantined"]
    (task,) = asked(world)
    assert task.row.owner_role == "information_governance_officer"
    world.dispatch()
    told = world.notices(HEALTH_VISITING)
    notices = [one for one in told if one["kind"] == "attachment-infected"]
    assert len(notices) == 1
    assert "canary" not in json.dumps(notices)
    require_balanced(world)


def test_without_an_answer_it_stays_held_and_after_a_while_a_person_is_asked_once(world, scanner):
    world.take(with_documents(PDF))
    assert scanning(world).run() == {"not-scanned": 1}
    assert scanning(world).run() == {}  # it was just tried
    assert asked(world) == ()
    for _ in range(2):
        world.clock.advance(hours=5)
        assert scanning(world).run() == {"not-scanned": 1}
        assert len(asked(world)) == 1
    world.clock.advance(hours=1)
    assert scanning(world, scanner).run() == {"clean": 1}
    assert asked(world) == ()
    assert [one["outcome"] for one in said(world)] == ["held", "held", "clean"]
    require_balanced(world)


def test_it_is_erased_with_the_child(world):
    child = world.take(with_documents(PDF)).children[0]
    order = Order(authority="court", reason="ordered", by=OFFICER)
    world.dispatch()
    world.gateway.eraser().erase(child, order)
    assert world.rows("SELECT count(*) FROM attachment") == [(0,)]


def test_an_officer_sees_which_there_are_and_nobody_else(world):
    child = world.take(with_documents(PDF)).children[0]
    office = world.gateway.office
    (listed,) = listing.of_child(office, child, by=OFFICER)
    assert (listed.state, listed.size) == ("held", len(PDF))
    assert "canary" not in repr(listed)
    with pytest.raises(EntitlementError):
        listing.of_child(office, child, by=TEACHER)
    assert listing.of_sender(office, SCHOOL) == ()


def test_a_document_that_was_changed_is_found(world):
    world.take(with_documents(PDF, PDF + b"2"))
    first, second = attached(world)
    change(
        world.gateway.database,
        "UPDATE attachment SET sealed = (SELECT sealed FROM attachment WHERE id = :other)"
        " WHERE id = :one",
        other=second.id,
        one=first.id,
    )
    faults = faults_of(world)
    assert [(one.where, "attachment" in one.message) for one in faults] == [
        (f"entry {first.leaf}", True)
    ]


def test_it_goes_with_the_record_that_is_unlinked(world):
    child = world.take(with_documents(PDF)).children[0]
    ((record,),) = world.rows("SELECT id FROM record")
    office = world.gateway.office
    unlinked = Unlinking(
        office=office, child=child, record=record, by=OFFICER, reason="another child"
    ).run()
    (moved,) = attached(world)
    assert moved.child_id == unlinked.new_child
    assert world.gateway.office.archive.store.attachments.content(moved) == PDF
    assert faults_of(world) == ()


def test_what_a_family_will_not_have_stored_is_not_held(world):
    plain = json.loads(with_documents(PDF))
    (consent,) = resources(plain, "Consent")
    (storing,) = (one for one in consent["extension"] if one["url"].endswith("caf-may-store"))
    storing["valueCode"] = "no"
    world.take(json.dumps(plain).encode())
    assert attached(world) == []
    (entry,) = said(world, Part.SENDER)
    assert (entry["outcome"], entry["reason"]) == ("not-kept", "family-says-no")
    assert faults_of(world) == ()
