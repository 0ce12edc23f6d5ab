"""A CAF into the message that it came in: what nobody changed stays, what changed is there."""

import json
import re

import msgspec
import pytest
from bars_carried import outline
from bars_messages import NAMES, message, payload_of
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from shared_data import shared

from adapters.errors import AdapterError
from adapters.health.fhir_r4.reading import read_resource
from mappings.bars.caf import to_caf
from mappings.bars.entries import Entries
from mappings.bars.writing.revision import revised
from mappings.bars.writing.spots import address_of
from mappings.bars.writing.written import plain_of
from mappings.caf.view import items_of
from mappings.fhir_r4 import generated as fhir

SENDER = "fernbrook"
WORDS = st.text("abcdefgé中", min_size=1, max_size=6)
# The fields that are words of their own, in whatever kind of item.
TEXTS = ("text", "words", "summary", "name", "reason", "town", "who", "family")
# Where a message only refers to who it is: whoever is told otherwise is told in an answer.
REFERRING = ("author", "performer", "generalPractitioner", "participant")


def read_of(bundle):
    entries = Entries(bundle, "r")
    return entries, list(to_caf(entries, SENDER))


def bundle_of(payload):
    return read_resource(payload, "application/fhir+json", is_lenient=True).resource


def example(name):
    return read_of(bundle_of(payload_of(name)))


def leaves(node, at=()):
    if isinstance(node, dict):
        for name, one in node.items():
            yield from leaves(one, (*at, name))
    elif isinstance(node, list):
        for place, one in enumerate(node):
            yield from leaves(one, (*at, place))
    else:
        yield at, node


def plain(bundle):
    return dict(leaves(plain_of(bundle)))


def changed(caf, path, item, **fields):
    section, _, name = path.partition(".")
    held = getattr(caf, section)
    items = tuple(
        structs.replace(one, **fields) if one is item else one for one in getattr(held, name)
    )
    return structs.replace(caf, **{section: structs.replace(held, **{name: items})})


def without(caf, path, item):
    section, _, name = path.partition(".")
    held = getattr(caf, section)
    items = tuple(one for one in getattr(held, name) if one is not item)
    return structs.replace(caf, **{section: structs.replace(held, **{name: items})})


def told(caf):
    """Return the outline of *caf* in whatever order, and without when each was recorded.

    What is moved into an answer comes last, and was recorded when the response was.
    """
    items, facts = outline(caf)
    unsaid = {"id": "", "recorded_at": None}
    plainly = [(path, msgspec.json.encode(one | unsaid, order="sorted")) for path, one in items]
    return sorted((path, re.sub(rb'"n\d+"', b'"n"', one)) for path, one in plainly), facts


def worded(caf):
    """Return each item of *caf* that has words, with the field that they fill."""
    return [
        (element.path, item, field)
        for element, item in items_of(caf)
        for field in TEXTS
        if isinstance(getattr(item, field, None), str)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_nobody_changed_comes_out_as_it_came_in(name):
    entries, children = example(name)
    for child in children:
        assert revised(entries, child, child.assessment, SENDER) == entries.bundle


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_field_changes_only_itself(name):
    entries, children = example(name)
    for child in children:
        for change in worded(child.assessment):
            if not any(step in change[1].source.place for step in REFERRING):
                change_one(entries, children, child, change)


def change_one(entries, children, child, change):
    path, item, field = change
    after = changed(child.assessment, path, item, **{field: "other"})

    made = revised(entries, child, after, SENDER)

    before, now = plain(entries.bundle), plain(made)
    differing = {at for at in before.keys() | now.keys() if before.get(at) != now.get(at)}
    assert differing
    own = address_of(plain_of(entries.bundle), item.source.place)
    assert all(at[: len(own)] == own for at in differing)
    _, again = read_of(made)
    (same,) = (one for one in again if one.child.place == child.child.place)
    assert told(same.assessment) == told(after), path
    others = [one.assessment for one in again if one is not same]
    assert others == [one.assessment for one in children if one is not child]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_what_is_left_out_is_gone_and_all_else_stays(name, data):
    entries, children = example(name)
    child = children[data.draw(st.integers(0, len(children) - 1))]
    places = [
        (one.path, item) for one, item in items_of(child.assessment) if one.section != "people"
    ]
    path, item = places[data.draw(st.integers(0, len(places) - 1))]
    after = without(child.assessment, path, item)

    made = revised(entries, child, after, SENDER)

    _, again = read_of(made)
    same = again[children.index(child)]
    assert told(same.assessment) == told(after), path


@pytest.mark.parametrize("name", NAMES)
def test_what_the_mapping_does_not_know_stays_whatever_changes(name):
    whole = message(name)
    unknown = {"url": "https://elsewhere.example/x", "valueString": "stays"}
    for entry in whole["entry"]:
        entry["resource"].setdefault("extension", []).append(unknown)
    entries, children = read_of(bundle_of(json.dumps(whole).encode()))
    caf = children[0].assessment
    for number in range(len(worded(caf))):
        path, item, field = worded(caf)[number]
        caf = changed(caf, path, item, **{field: "other"})

    made = revised(entries, children[0], caf, SENDER)

    kept = [one for one in plain(made).values() if one == "stays"]
    assert len(kept) == len(whole["entry"])


def test_a_note_is_reworded_where_it_stands_and_a_name_has_no_parts_that_say_otherwise():
    whole = message()
    referral = next(one["resource"] for one in whole["entry"] if "reasonCode" in one["resource"])
    referral["note"] = [{"time": "2026-11-16T09:30:00+00:00", "text": "as it was"}]
    carer = next(
        one["resource"]
        for one in whole["entry"]
        if one["resource"]["resourceType"] == "RelatedPerson"
    )
    carer["name"] = [{"use": "official", "family": "Tamblyn", "given": ["Merryn"]}]
    entries, (child,) = read_of(bundle_of(json.dumps(whole).encode()))
    caf = child.assessment
    note = next(one for one in caf.information.led_to if one.text == "as it was")
    caf = changed(caf, "information.led_to", note, text="as it is")
    caf = changed(caf, "people.carers", caf.people.carers[0], name="Merryn Hale")

    made = plain_of(revised(entries, child, caf, SENDER))

    referral["note"][0]["text"] = "as it is"
    carer["name"] = [{"use": "official", "text": "Merryn Hale"}]
    assert made == plain_of(bundle_of(json.dumps(whole).encode()))


def published():
    for path in sorted(shared("data/fhir-bars").rglob("*.json")):
        try:
            bundle = bundle_of(path.read_bytes())
        except AdapterError:
            continue
        if isinstance(bundle, fhir.Bundle) and bundle.type == "message":
            yield path.name, bundle


def test_the_laws_hold_of_every_published_message():
    seen = 0
    for name, bundle in published():
        entries, children = read_of(bundle)
        for child in children:
            assert revised(entries, child, child.assessment, SENDER) == bundle
            firsts = {path: (path, item, field) for path, item, field in worded(child.assessment)}
            for path, item, field in firsts.values():
                after = changed(child.assessment, path, item, **{field: "other"})
                _, again = read_of(revised(entries, child, after, SENDER))
                same = again[children.index(child)]
                assert told(same.assessment) == told(after), (name, path, field)
                seen += 1
    assert seen
