"""Opening one party's part of an entry shows nothing of what was withheld from that party."""

import json

import msgspec
import pytest
from bars_messages import payload_of, read
from books import require_receipt
from worlds import CHARITY, EARLY_HELP, GP, SCHOOL, by_element, fates

from audit.events import EntryType
from audit.parts import Part

REFERRAL = payload_of("health-visitor-to-early-help")
RECEIVES = {
    "expires",
    "media_type",
    "message_id",
    "payload_bytes",
    "payload_sha256",
    "purpose",
    "recipient",
    "sender",
    "synchronous",
}


def texts(value) -> set[str]:
    """Return the words of people in *value*: strings with a space in them."""
    match value:
        case dict():
            return set().union(*map(texts, value.values()))
        case list() | tuple():
            return set().union(*map(texts, value))
        case str() if " " in value:
            return {value}
    return set()


@pytest.fixture
def answer(world):
    """Take the referral and deliver what it releases."""
    taken = world.take(REFERRAL)
    world.dispatch()
    return taken


def withheld_from(world, answer, service) -> set[str]:
    """Return whatever could tell *service* that it did not get something, and what."""
    said = msgspec.to_builtins(read(REFERRAL).readings[0].assessment)
    got = texts(json.loads(b"".join(world.delivered(service)) or b"{}"))
    rules = {rule for one in answer.outcomes for each in one.elements for rule in each.rules}
    sentences = {each.sentence for one in answer.outcomes for each in one.elements}
    elements = {
        element for element, outcomes in by_element(answer, service).items() if outcomes != {"sent"}
    }
    quoted_rules = {f'"{rule}"' for rule in rules} | {f'\\"{rule}\\"' for rule in rules}
    words = {"withheld", "reduced", "referred", "refused", "outcome", "obligation"}
    return (texts(said) - got) | quoted_rules | sentences | elements | words


def test_there_is_something_to_withhold_from_each(world, answer):
    everything = texts(msgspec.to_builtins(read(REFERRAL).readings[0].assessment))

    for service in (EARLY_HELP, SCHOOL):
        (document,) = world.delivered(service)
        assert everything - texts(json.loads(document))
    assert fates(answer)[CHARITY] == "nothing-released"


@pytest.mark.parametrize("service", [EARLY_HELP, SCHOOL])
def test_the_receipt_of_a_narrow_view_holds_nothing_that_was_withheld(world, answer, service):
    (receipt,) = world.receipts(service)

    assert require_receipt(world, receipt).keys() == RECEIVES
    for withheld in withheld_from(world, answer, service):
        assert withheld not in receipt.decode(), withheld


@pytest.mark.parametrize("service", [EARLY_HELP, SCHOOL, CHARITY, GP])
def test_each_recipients_part_of_each_entry_holds_nothing_that_was_withheld(world, answer, service):
    details = world.gateway.office.details
    opened = 0
    for index, leaf in enumerate(world.leaves()):
        if leaf.recipient == service and leaf.type is not EntryType.AUDIT_READ:
            content = details.detail(index).open(Part.RECIPIENT).content.decode()
            opened += 1
            for withheld in withheld_from(world, answer, service):
                assert withheld not in content, withheld

    assert opened


def test_the_senders_part_says_what_became_of_each_element_and_not_on_what_facts(world, answer):
    details = world.gateway.office.details
    for index, leaf in enumerate(world.leaves()):
        if leaf.type in {EntryType.DISCLOSURE, EntryType.REFUSAL}:
            fields = details.detail(index).open(Part.SENDER).fields()
            assert fields["outcomes"]
            assert fields.keys().isdisjoint({"basis", "agreement", "child", "accounts", "caller"})
    assert answer.entry
