"""The catalogue of entries, and the page that is generated from it."""

from pathlib import Path

from audit.events import CATALOGUE, FIELDS, EntryType, page
from audit.parts import Part

CONTENTS = [contents for event in CATALOGUE.values() for contents in event.parts.values()]


def test_every_type_is_in_the_catalogue():
    assert set(CATALOGUE) == set(EntryType)


def test_every_field_is_explained_and_every_explained_field_is_used():
    used = {name for contents in CONTENTS for name in contents.required | contents.optional}

    assert used == set(FIELDS)


def test_a_field_is_required_or_optional():
    assert all(contents.required.isdisjoint(contents.optional) for contents in CONTENTS)


def test_no_recipient_s_part_has_a_field_about_what_it_may_not_see():
    hidden = {"withheld", "outcomes", "outcome", "reason", "rules", "task", "child", "children"}

    for event in CATALOGUE.values():
        if contents := event.parts.get(Part.RECIPIENT):
            assert hidden.isdisjoint(contents.required | contents.optional)


def test_every_meaning_is_a_sentence():
    assert all(event.meaning.endswith(".") for event in CATALOGUE.values())


def test_the_page_is_up_to_date():
    kept = Path(__file__).parents[2] / "docs" / "audit-events.md"

    assert kept.read_text() == page()
