"""The benchmark itself, with a handful of referrals: so that it measures what it says."""

import io
import json

import pytest
from msgspec.structs import replace
from rich.console import Console

from adapters.social_care.cin import CINAdapter
from policies.cedar.engine import CedarBundle
from policies.decision import Bundle
from policies.rules import shipped
from policies.vocabulary import Category
from tests.performance import (
    audit_log,
    audit_reading,
    bench,
    cin_reading,
    end_to_end,
    hl7v2_reading,
    mapping_reading,
    policy_decisions,
    policy_proofs,
    policy_storage,
    referrals,
    ssda903_reading,
    stages,
)

_PLAN = audit_log.Plan(rounds=1, batched=64, naive=8, warming=8)


def test_every_referral_has_an_id_and_a_child_of_its_own():
    made = list(referrals.referrals(0, 300))
    bundles = [json.loads(one.body) for one in made]
    children = {
        identifier["value"]
        for bundle in bundles
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "Patient"
        for identifier in entry["resource"]["identifier"]
    }
    assert len({bundle["id"] for bundle in bundles}) == 300
    assert [bundle["id"] for bundle in bundles] == [one.id for one in made]
    assert len(children) == 600


def test_a_referral_of_a_number_is_the_same_wherever_one_starts():
    assert list(referrals.referrals(40, 2)) == list(referrals.referrals(0, 42))[40:]


def test_a_referral_is_addressed_to_as_many_as_are_asked_for():
    for recipients in (2, 4):
        (one,) = referrals.referrals(0, 1, recipients)
        header = json.loads(one.body)["entry"][0]["resource"]
        assert len(header["destination"]) == recipients


def test_the_example_still_holds_all_that_is_replaced():
    example = referrals.EXAMPLE.read_bytes()
    for word in ("MESSAGE_ID", "NHS_NUMBER", "SENDERS_ID", "GIVEN", "FAMILY"):
        assert getattr(referrals, word) in example


def test_both_servers_take_referrals_and_the_report_has_its_stable_names():
    plan = end_to_end.Plan(rounds=1, ours=40, theirs=10)
    measured = list(end_to_end.end_to_end(plan))
    assert [one.name for one in measured][:2] == ["end-to-end-vs-obvious", "end-to-end-p99-ms"]
    assert measured[-1].name == "end-to-end-4-recipients"
    assert measured[0].ratio > 1
    console = Console(record=True, width=120)
    bench.show(measured, console)
    assert "end-to-end-vs-obvious" in console.export_text()


def test_every_stage_of_a_referral_is_timed():
    timed = stages.measure(2, count=3, warm_up_count=1)

    assert {len(times) for times in timed.times.values()} == {2}
    first, *_, last = timed.times
    assert (first, last) == ("read and map", "receipt")


def test_every_writer_to_sqlite_writes_and_the_report_has_its_stable_names():
    measured = list(audit_log.audit_on_sqlite(_PLAN))
    assert [one.name for one in measured] == [
        "audit-vs-naive",
        "audit-p50-vs-naive",
        "audit-vs-unaudited",
        "audit-p99-ms",
        "audit-cpu-vs-naive",
        "audit-cpu-vs-unaudited",
    ]


@pytest.mark.performance
def test_every_writer_to_postgresql_writes_and_the_report_has_its_stable_names():
    measured = list(audit_log.audit_on_postgres(_PLAN))
    assert [one.name for one in measured] == [
        "audit-postgres-vs-chain",
        "audit-postgres-vs-unaudited",
        "audit-postgres-p99-ms",
    ]


def test_proofs_receipts_and_verification_are_measured_on_a_log_that_holds():
    with audit_reading.filled(3_000) as log:
        measured = [
            *audit_reading.receipts(log, cold_runs=1),
            *audit_reading.verification(log, 1),
            audit_reading.proof(log),
        ]
    assert [one.name for one in measured] == [
        "receipt-check-warm",
        "receipt-check-cold",
        "audit-verify-vs-hashing",
        "audit-verify-vs-hashing-in-memory",
        "audit-proof-at-a-million",
    ]


def test_decisions_are_measured_and_the_report_has_its_stable_names():
    plan = policy_decisions.Plan(rounds=1, questions=60, cedar=2)
    measured = list(policy_decisions.decisions(plan))
    assert [one.name for one in measured] == [
        "policy-decision-p99",
        "policy-flat-60-to-10000",
        "policy-vs-cedar",
    ]
    assert measured[-1].ratio > 1


def test_both_contestants_decide_the_facts_of_the_measurement_alike():
    bundle, cedar = Bundle(shipped()), CedarBundle.of(shipped())
    for facts in policy_decisions.recorded_facts()[::9]:
        quiet = replace(facts, break_glass=False)
        ours = bundle.decide_anew(quiet, list(Category), as_of=policy_decisions.DAY)
        theirs = cedar.settle(quiet, list(Category), as_of=policy_decisions.DAY)
        assert theirs == {
            category: (ruling.outcome, ruling.rules[0]) for category, ruling in ours.rulings.items()
        }


def test_gathering_and_swapping_are_measured_on_a_home():
    assert policy_storage.gathering(children=2, rounds=4).name == "facts-gathering"
    assert policy_storage.swap(5, rounds=1).name == "policy-swap"


def test_the_facts_that_are_gathered_are_those_of_the_child():
    with policy_storage.a_gateway() as gateway:
        (referral,) = referrals.referrals(1, 1, 2)
        intake = stages.take(gateway, referral.body, stages.Stages())
        facts = policy_storage.gather(gateway, intake.children[0].id)
    assert facts.agreement == "active"
    assert facts.parent_consent == "given"


def test_the_proofs_are_timed_over_clauses_of_which_each_counts():
    measured = policy_proofs.proofs(clauses=8, rounds=1)
    assert (measured.name, measured.unit, measured.target) == ("policy-proofs-8", "s", 5)
    clauses = [
        share
        for agreement in policy_decisions.agreements(2)
        for terms in agreement.purposes
        for share in terms.shares
    ]
    assert len(clauses) == 8


def test_a_big_return_has_children_without_a_finding():
    content = cin_reading.big_file(20)
    portions = list(CINAdapter().stream(io.BytesIO(content), cin_reading.ENVELOPE))

    assert sum(one.reading is not None for one in portions) == 40
    assert not any(one.findings for one in portions)
    assert cin_reading.reading(pairs=20, rounds=1).ratio > 0


def test_both_readers_of_a_big_file_see_every_pupil():
    content = mapping_reading.big_file(20)

    assert mapping_reading.reading(pupils=20, rounds=1).ratio > 0
    assert content.count(b"<Pupil>") == 20


def test_both_readers_of_a_message_read_it():
    assert hl7v2_reading.reading(messages=5, rounds=1).ratio > 0


def test_both_readers_of_a_big_return_see_every_child():
    measured = list(ssda903_reading.readings(children=20, rounds=1))

    assert [one.name for one in measured] == [
        "ssda903-xml-reading-vs-bare-parsing",
        "ssda903-set-reading-vs-bare-parsing",
    ]
    assert all(one.ratio > 0 for one in measured)
    assert ssda903_reading.big_file(20).count(b"<CHILD>") == 20
