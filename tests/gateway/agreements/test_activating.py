"""Activating: examined, proposed by one officer, approved by another, or left as it was."""

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace
from signatories import (
    OFFICERS,
    activated,
    nothing_broken,
    nothing_changed,
    samples,
    signatures,
    with_keys,
)
from worlds import EARLY_HELP, TEACHER, a_world

from gateway.agreements.activating import Activation
from gateway.agreements.examining import broken
from gateway.agreements.register import AgreementRegister
from gateway.errors import (
    EntitlementError,
    SignatureError,
    StageError,
    UnprovedError,
    UnsoundAgreementError,
)
from gateway.registers import Practitioner
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify
from policies.errors import ProofError
from policies.vocabulary import Category

FIRST, SECOND = OFFICERS
NAME = "little-marsh-early-help/2"
(SAMPLE,) = samples()


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


def a_version(**changes):
    return with_keys(replace(SAMPLE, **({"version": 2} | changes)))


def registered(world, content, *, but=""):
    signed = tuple(one for one in signatures(content) if one.party != but)
    return AgreementRegister(world.gateway.office, FIRST).register(content, signed)


@pytest.fixture
def activation(world):
    return Activation(world.gateway.office, nothing_broken, nothing_changed)


def stage(world, name=NAME):
    return world.gateway.office.rulebook.registers.agreements[name].stage


def test_two_officers_activate_and_the_log_verifies(world):
    registered(world, a_version())
    assert activated(world.gateway.office, NAME).approved_by == OFFICERS

    standing = world.gateway.office.rulebook.agreements.standing(date(2026, 11, 20))
    assert ("little-marsh-early-help", 2) in {(one.id, one.version) for one in standing}
    with open_stored_log(world.gateway.settings) as stored:
        assert verify(stored).faults == ()


def test_what_a_version_changes_is_found_before_it_is_proposed(world):
    narrower = tuple(
        replace(
            terms,
            retention_days=30,
            shares=tuple(one for one in terms.shares if one.to != ("urn:999001",)),
        )
        for terms in SAMPLE.purposes
    )
    registered(world, a_version(purposes=narrower))
    proposed = world.gateway.activation().propose(NAME, FIRST)

    assert proposed.document.stage == "signed"
    text = proposed.difference.text
    assert "term: early_help: retention_days: 730 becomes 30" in text
    assert Category.MENTAL_HEALTH in text
    assert "urn:999001" in text
    assert proposed.rehearsal.decided == 0


def test_an_invariant_that_would_break_keeps_it_out_with_a_counterexample(world):
    registered(world, a_version())
    law = world.gateway.office.rulebook.bundle.law
    listed = tuple(rule for rule in law.deciding if rule.id != "E9")
    loosened = msgspec.structs.replace(law, deciding=listed)

    def under_loose_law(_law, agreements, on):
        return broken(loosened, agreements, on)

    with pytest.raises(UnprovedError, match=r"E1[57] where") as refusal:
        Activation(world.gateway.office, under_loose_law, nothing_changed).propose(NAME, FIRST)
    assert refusal.value.where
    assert stage(world) == "signed"


def test_what_cannot_be_proved_is_not_activated(world):
    registered(world, a_version())

    def undecided(*_asked):
        raise ProofError

    with pytest.raises(UnprovedError, match="could not be proved"):
        Activation(world.gateway.office, undecided, nothing_changed).propose(NAME, FIRST)


def test_nobody_approves_what_was_not_proposed(world, activation):
    registered(world, a_version())
    with pytest.raises(StageError, match="nobody has proposed"):
        activation.approve(NAME, SECOND, "0" * 64)


def test_nobody_approves_alone(world, activation):
    registered(world, a_version())
    digest = activation.propose(NAME, FIRST).difference.digest
    with pytest.raises(EntitlementError, match="nobody approves alone"):
        activation.approve(NAME, FIRST, digest)
    assert stage(world) == "signed"


def test_whoever_proposed_must_still_hold_the_office(world, activation):
    registered(world, a_version())
    digest = activation.propose(NAME, FIRST).difference.digest
    left = Practitioner(id=FIRST, service=EARLY_HELP, role="admin")
    world.gateway.recorder.documents([left])
    with pytest.raises(EntitlementError):
        activation.approve(NAME, SECOND, digest)


@pytest.mark.parametrize("by", [TEACHER, "nobody"])
def test_who_holds_no_office_neither_proposes_nor_approves(world, activation, by):
    registered(world, a_version())
    with pytest.raises(EntitlementError):
        activation.propose(NAME, by)
    digest = activation.propose(NAME, FIRST).difference.digest
    with pytest.raises(EntitlementError):
        activation.approve(NAME, by, digest)


def test_what_would_take_the_place_of_another_version_by_now_is_proposed_again(world, activation):
    third = "little-marsh-early-help/3"
    registered(world, a_version())
    registered(world, a_version(version=3))
    digest = activation.propose(third, FIRST).difference.digest
    activated(world.gateway.office, NAME)

    with pytest.raises(StageError, match="propose it again"):
        activation.approve(third, SECOND, digest)
    again = activation.propose(third, FIRST).difference.digest
    assert activation.approve(third, SECOND, again).stage == "active"


def test_another_digest_than_was_proposed_approves_nothing(world, activation):
    registered(world, a_version())
    activation.propose(NAME, FIRST)
    with pytest.raises(StageError, match="propose it again"):
        activation.approve(NAME, SECOND, "0" * 64)
    assert stage(world) == "signed"


def test_without_a_partys_signature_it_is_not_proposed(world, activation):
    registered(world, a_version(), but="urn:999001")
    with pytest.raises(SignatureError, match="`urn:999001`"):
        activation.propose(NAME, FIRST)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(a_version(version=1), "is active already", id="active"),
        pytest.param(
            a_version(
                effective_on=date(2024, 1, 1), review_on=date(2025, 1, 1), until=date(2026, 1, 1)
            ),
            "the term of this version is over",
            id="over",
        ),
    ],
)
def test_what_is_past_is_not_activated(world, activation, content, complaint):
    registered(world, content)
    with pytest.raises(StageError, match=complaint):
        activation.propose(f"{content.id}/{content.version}", FIRST)


def test_an_older_version_does_not_follow_a_newer_one(world, activation):
    registered(world, a_version())
    registered(world, a_version(version=3))
    digest = activation.propose("little-marsh-early-help/3", FIRST).difference.digest
    activation.approve("little-marsh-early-help/3", SECOND, digest)
    with pytest.raises(StageError, match="a newer version"):
        activation.propose(NAME, FIRST)


def test_a_key_that_is_nobodys_signs_for_no_party(world):
    content = a_version()
    another = "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="
    parties = (replace(content.parties[0], key=another), *content.parties[1:])

    with pytest.raises(UnsoundAgreementError, match="designated signatory") as refusal:
        AgreementRegister(world.gateway.office, FIRST).register(replace(content, parties=parties))
    assert refusal.value.where == "/parties/0/key"


def test_nobody_signs_for_two_parties(world):
    content = a_version()
    first, second, *others = content.parties
    parties = (first, replace(second, key=first.key), *others)

    with pytest.raises(UnsoundAgreementError, match="two parties have the same key"):
        AgreementRegister(world.gateway.office, FIRST).register(replace(content, parties=parties))


def test_who_is_no_signatory_any_more_signs_no_new_version(world):
    registers = world.gateway.office.rulebook.registers
    signatory = registers.practitioners["signatory-ods-x9a01"]
    world.gateway.recorder.documents([replace(signatory, appointments=())])

    with pytest.raises(UnsoundAgreementError, match="designated signatory"):
        registered(world, a_version())
