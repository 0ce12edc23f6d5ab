"""The account of a message: complete, and true of each single leaf."""

import json
import re

import msgspec
import pytest
from bars_messages import NAMES, message, payload_of, read
from shared_data import shared

from adapters.contract import Outcome
from mappings.fidelity import Fate


def leaves_of(plain):
    if isinstance(plain, dict):
        return sum(leaves_of(value) for value in plain.values())
    if isinstance(plain, list):
        return sum(leaves_of(value) for value in plain)
    return 1


@pytest.mark.parametrize("name", NAMES)
def test_every_leaf_of_our_messages_is_accounted_for_once(name):
    for reading in read(payload_of(name)).readings:
        places = [leaf.place for leaf in reading.ledger.leaves]

        assert len(places) == len(set(places)) == leaves_of(message(name))


def test_every_leaf_of_the_guides_messages_is_accounted_for():
    for path in sorted(shared("data/fhir-bars/examples1.4.0/process_message").rglob("*.json")):
        received = read(path.read_bytes())
        for reading in received.readings:
            assert len(reading.ledger.leaves) == leaves_of(json.loads(path.read_bytes()))


def test_a_leaf_about_another_child_is_not_said_to_be_kept():
    ledger = read(payload_of("siblings-in-one-message")).readings[0].ledger

    lost = [leaf for leaf in ledger.leaves if leaf.note == "about another child of this message"]

    assert len(lost) > 50
    assert {leaf.fate for leaf in lost} == {Fate.LOST}


def test_an_unmapped_leaf_changes_nothing_and_a_kept_one_does():
    """Alter each leaf by itself, and compare what is then read with what its fate promises."""
    before = read(payload_of(NAMES[0]))
    content = msgspec.json.encode((before.message, without_origin(before)))
    untrue = []
    for leaf in before.readings[0].ledger.leaves:
        plain = message(NAMES[0])
        if not alter(plain, leaf.place):
            continue
        after = read(plain)
        if after.outcome is Outcome.REJECT or len(after.readings) != 1:
            continue  # the leaf is a code, a date or a reference that takes no other value
        is_same = msgspec.json.encode((after.message, without_origin(after))) == content
        holds_content = leaf.fate is Fate.KEPT and leaf.element and not names_only(leaf.place)
        if (leaf.fate is Fate.UNMAPPED and not is_same) or (holds_content and is_same):
            untrue.append((leaf.place, leaf.fate))

    assert untrue == []


def names_only(place):
    """Say whether the leaf at *place* only says what kind of thing stands beside it."""
    return place.endswith((".url", ".system", ".reference"))


def without_origin(received):
    """Return the assessment without record ids: they change with every byte of the payload."""
    text = msgspec.json.encode(received.readings[0].assessment).decode()
    ids = re.findall(r'"id":"([0-9a-f]{18})"', text)
    for number, one in enumerate(dict.fromkeys(ids)):
        text = text.replace(one, f"id-{number}")
    return re.sub(r'"record":"[0-9a-f]{64}"', '"record":""', text)


STEP = re.compile(r"\.extension\('([^']*)'\)(?:\[(\d+)\])?|\.?(\w+)|\[(\d+)\]")


def alter(plain, place):
    """Give the text at *place* of *plain* another end; say whether there was one."""
    steps = list(STEP.finditer(place.removeprefix("Bundle")))
    for step in steps[:-1]:
        plain = follow(plain, step)
    name = steps[-1][3] or int(steps[-1][4])
    value = plain[name]
    if isinstance(value, bool):
        plain[name] = not value
    elif isinstance(value, int):
        plain[name] = value - 1
    elif re.fullmatch(r"\d{4}-\d\d-\d\d.*", value):
        plain[name] = f"2021{value[4:]}"
    else:
        plain[name] = f"{value}x"
    return True


def follow(plain, step):
    url, repeat, name, number = step.groups()
    if url is not None:
        same = [one for one in plain["extension"] if one["url"] == url]
        return same[int(repeat or 0)]
    return plain[name] if name is not None else plain[int(number)]
