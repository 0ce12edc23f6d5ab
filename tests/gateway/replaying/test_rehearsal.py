"""Rehearsals: what was decided, decided again under what is not yet in force."""

import shutil
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from worlds import EARLY_HELP, START

from gateway.replaying.rehearsal import Change, Under, rehearse
from policies.agreements import Agreements
from policies.decision import Bundle
from policies.rules import SHIPPED
from policies.vocabulary import Category, Outcome

BEFORE = START - timedelta(days=1)


@pytest.fixture
def law(tmp_path):
    return shutil.copytree(SHIPPED, tmp_path / "law")


def in_force(world) -> Under:
    rulebook = world.gateway.office.rulebook
    return Under(bundle=rulebook.bundle, agreements=rulebook.agreements)


def narrowed(world, *categories: str) -> Agreements:
    """Return the agreements in force, each covering but *categories*."""
    return Agreements(
        msgspec.structs.replace(
            one,
            purposes=tuple(
                msgspec.structs.replace(
                    terms,
                    shares=tuple(
                        msgspec.structs.replace(share, categories=categories)
                        for share in terms.shares
                    ),
                )
                for terms in one.purposes
            ),
        )
        for one in world.gateway.office.rulebook.agreements
    )


def test_what_is_in_force_changes_nothing(world):
    found = rehearse(world.gateway.office, in_force(world), BEFORE)

    assert found.decided > 0
    assert (found.changed, found.shifts) == (0, ())


def test_a_narrower_agreement_withholds_what_it_no_longer_covers(world):
    under = replace(in_force(world), agreements=narrowed(world, "identity"))

    found = rehearse(world.gateway.office, under, BEFORE)

    withheld = {one.category for one in found.shifts if one.change is Change.WITHHELD}
    assert Category.CAF_NEEDS in withheld
    assert Category.IDENTITY not in withheld
    assert found.total(Change.RELEASED) == 0
    (needs,) = (
        one
        for one in found.shifts
        if one.category is Category.CAF_NEEDS and one.recipient == "la_early_help"
    )
    assert (needs.before, needs.rules_before) == (Outcome.PERMIT, ("E17",))
    assert (needs.after, needs.rules_after) == (Outcome.DENY, ("E9",))
    types = world.gateway.office.details.opened(needs.entries[0]).leaf
    assert types.recipient == EARLY_HELP


def test_a_law_that_refers_what_it_permitted_refers_it(world, law):
    permits = law / "permits.yaml"
    permits.write_text(
        permits.read_text().replace(
            "when: always\n    outcome: permit",
            "when: always\n    outcome: [refer if category is caf_needs, permit]",
        )
    )
    under = replace(in_force(world), bundle=Bundle.load(law))

    found = rehearse(world.gateway.office, under, BEFORE)

    assert {one.change for one in found.shifts} == {Change.REFERRED}
    assert {one.category for one in found.shifts} == {Category.CAF_NEEDS}
    assert found.changed < found.decided


def test_an_agreement_that_begins_later_is_rehearsed_for_its_first_day(world):
    first = date(2027, 1, 4)
    later = Agreements(
        msgspec.structs.replace(one, effective_on=first)
        for one in world.gateway.office.rulebook.agreements
    )

    found = rehearse(world.gateway.office, replace(in_force(world), agreements=later), BEFORE)
    on_its_day = rehearse(
        world.gateway.office, replace(in_force(world), agreements=later, on=first), BEFORE
    )

    assert found.changed > 0
    assert on_its_day.changed == 0


def test_what_was_decided_before_is_left_out(world):
    found = rehearse(world.gateway.office, in_force(world), START + timedelta(days=1))

    assert found.decided == 0
