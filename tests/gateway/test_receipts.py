"""Receipts by their address: each service its own, once it has been told; nobody anything else."""

import json
from collections.abc import Iterator

import pytest
from bars_messages import REFERRAL, payload_of
from doors import Door, a_door
from front_door import FHIR, MESSAGE
from worlds import CHARITY, EARLY_HELP, EARLY_HELP_FORMAT, GP, HEALTH_VISITING, SCHOOL, SERVICES

from audit.events import EntryType
from audit.parts import Part
from audit.receipts import CheckedReceipt, check_receipt, from_header


@pytest.fixture
def door(tmp_path) -> Iterator[Door]:
    with a_door(tmp_path) as door:
        yield door


@pytest.fixture
def taken(door):
    """Post a referral to four services, and return the answer."""
    headers = door.authorised(HEALTH_VISITING) | FHIR
    answer = door.http.post(MESSAGE, content=payload_of(REFERRAL), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def fetch(door: Door, entry: int | str, service: str):
    return door.http.get(f"/api/v1/receipts/{entry}", headers=door.authorised(service))


def proved(door: Door, content: bytes) -> CheckedReceipt:
    return check_receipt(content, [door.world.gateway.office.committer.log.signing.verifier])


def entry_of(door: Door, kind: EntryType, recipient: str = "") -> int:
    """Return the index of the one entry of this kind for this recipient."""
    (index,) = (
        index
        for index, leaf in enumerate(door.world.leaves())
        if (leaf.type, leaf.recipient) == (kind, recipient)
    )
    return index


def test_a_sender_has_the_receipt_of_its_message(door, taken):
    answer = fetch(door, taken.headers["CAF-Entry"], HEALTH_VISITING)
    assert answer.status_code == 200
    first = proved(door, from_header(taken.headers["CAF-Receipt"]))
    assert proved(door, answer.content).fields == first.fields


@pytest.mark.usefixtures("taken")
def test_a_recipient_has_its_receipt_once_its_delivery_was_begun(door):
    entry = entry_of(door, EntryType.DISCLOSURE, EARLY_HELP)
    assert fetch(door, entry, EARLY_HELP).status_code == 404
    door.world.dispatch()
    answer = fetch(door, entry, EARLY_HELP)
    (delivered,) = door.world.receipts(EARLY_HELP)
    assert proved(door, answer.content).part is Part.RECIPIENT
    assert proved(door, answer.content).fields == proved(door, delivered).fields


def test_what_was_recalled_before_it_was_sent_has_no_receipt_for_its_recipient(door, taken):
    del taken
    ((child,),) = door.world.rows("SELECT DISTINCT child_id FROM outbox")
    entry = entry_of(door, EntryType.DISCLOSURE, SCHOOL)
    door.world.withdraw(child)
    door.world.dispatch()
    assert EntryType.RECALLED in door.world.types()
    assert fetch(door, entry, SCHOOL).status_code == 404
    assert fetch(door, entry, HEALTH_VISITING).status_code == 200


@pytest.mark.usefixtures("taken")
def test_a_refusal_of_what_was_sent_is_its_senders_to_know(door):
    entry = entry_of(door, EntryType.REFUSAL, CHARITY)
    door.world.dispatch()
    assert told(fetch(door, entry, CHARITY)) == told(missing(door, CHARITY))
    assert proved(door, fetch(door, entry, HEALTH_VISITING).content).part is Part.SENDER


def test_whoever_asked_has_the_receipt_of_the_answer_whatever_it_was(door):
    answer = door.http.post(
        "/api/v1/children/nobody/disclosures",
        json={"purpose": "early_help"},
        headers=door.authorised(SCHOOL) | {"Accept": EARLY_HELP_FORMAT},
    )
    fetched = fetch(door, answer.headers["CAF-Entry"], SCHOOL)
    assert proved(door, fetched.content).leaf.type is EntryType.REFUSAL
    assert fetch(door, answer.headers["CAF-Entry"], GP).status_code == 404


@pytest.mark.usefixtures("taken")
def test_whoever_is_not_party_to_an_entry_gets_one_and_the_same_404(door):
    door.world.dispatch()
    headers = {service: door.authorised(service) for service in SERVICES}
    nothing = told(missing(door, SCHOOL))
    for entry, leaf in enumerate(door.world.leaves()):
        for service in {*SERVICES} - {leaf.sender, leaf.recipient}:
            answer = door.http.get(f"/api/v1/receipts/{entry}", headers=headers[service])
            assert answer.status_code == 404
            assert told(answer) == nothing


def missing(door: Door, service: str):
    """Return the answer to a service that asks for an entry which is not there."""
    return fetch(door, 999_999, service)


def told(answer) -> dict[str, object]:
    return json.loads(answer.content) | {"instance": ""}
