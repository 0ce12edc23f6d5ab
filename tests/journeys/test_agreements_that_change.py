"""Agreements that another node brings into force, suspends and outlives, while this one serves."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from time import perf_counter, sleep

import pytest
from bars_messages import payload_of
from msgspec.structs import replace
from signatories import OFFICERS, activated, samples, signatures, with_keys
from worlds import EARLY_HELP, SCHOOL, START, Clock, fates

from audit.events import EntryType
from audit.parts import Part
from gateway.agreements.register import AgreementRegister, Done, Step, name_of
from gateway.composition import open_gateway
from gateway.delivery import Fate
from gateway.errors import EntitlementError
from gateway.ports import Ports
from gateway.registers import Agreement, Stage

REFERRAL = payload_of("health-visitor-to-early-help")
NAME = "little-marsh-early-help/1"


@contextmanager
def another_node(world, at=START):
    with open_gateway(world.gateway.settings, Ports(now=Clock(at).now)) as gateway:
        yield gateway.office


def move(world, what, name=NAME, by=OFFICERS[0]):
    with another_node(world) as office:
        getattr(AgreementRegister(office, by), what)(name, "for the partners to look at")


def a_second_version(**changes):
    """Return version 2 of the sample, in which nothing goes to the school any more."""
    (sample,) = samples()
    narrower = tuple(
        replace(
            terms,
            shares=tuple(share for share in terms.shares if share.to != ("urn:999001",)),
        )
        for terms in sample.purposes
    )
    return with_keys(replace(sample, version=2, purposes=narrower, **changes))


def recorded(world, since):
    """Return what entries since index *since* say of agreements: which, and what was done."""
    details = world.gateway.office.details
    found = [details.opened(index) for index in range(since, world.size)]
    said = [
        one.detail.open(Part.GATEWAY).fields()
        for one in found
        if one.leaf.type is EntryType.AGREEMENT_CHANGE
    ]
    return [(one["agreement"], one["kind"]) for one in said]


@contextmanager
def asked_all_along(ask):
    """Ask over and over, before the block, during it, and after it; give the answers."""
    answers, is_over = [], threading.Event()

    def asking():
        while not is_over.is_set():
            answers.append(ask())

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(asking)
        try:
            await_two_more(answers, asked)
            yield answers
            await_two_more(answers, asked)
        finally:
            is_over.set()
        asked.result()


def await_two_more(answers, asked):
    """Wait, however long it takes, until the second answer from now on, which is asked for yet."""
    enough = len(answers) + 2
    while len(answers) < enough and not asked.done():
        sleep(0.01)


def test_an_agreement_that_is_suspended_elsewhere_is_relied_on_no_more(world):
    since = world.size
    move(world, "suspend")

    answer = world.take(REFERRAL)

    assert fates(answer)[EARLY_HELP] == "nothing-released"
    assert fates(answer)[SCHOOL] == "nothing-released"
    assert recorded(world, since) == [(NAME, "suspended")]


def test_what_is_queued_is_recalled_once_its_agreement_is_suspended(world):
    world.take(REFERRAL)
    move(world, "suspend")

    assert world.dispatch() == {Fate.RECALLED: 2, Fate.DELIVERED: 2}


def test_an_agreement_that_is_resumed_is_relied_on_again(world):
    since = world.size
    move(world, "suspend")
    move(world, "resume")
    assert recorded(world, since)[-1] == (NAME, "resumption proposed")
    with pytest.raises(EntitlementError, match="nobody approves alone"):
        move(world, "resume")
    move(world, "resume", by=OFFICERS[1])

    assert fates(world.take(REFERRAL))[EARLY_HELP] == "queued"
    steps = [(NAME, step) for step in ("suspended", "resumption proposed", "resumed")]
    assert recorded(world, since) == steps


def test_a_version_that_begins_later_is_relied_on_from_its_day(world):
    later = a_second_version(effective_on=date(2026, 12, 1))
    with another_node(world) as office:
        AgreementRegister(office, OFFICERS[0]).register(later, signatures(later))
        activated(office, "little-marsh-early-help/2")

    assert fates(world.take(REFERRAL))[SCHOOL] == "queued"
    world.clock.stop(datetime(2026, 12, 1, tzinfo=UTC))
    assert world.dispatch() == {Fate.RECALLED: 1, Fate.DELIVERED: 2}


def test_requests_go_on_while_a_version_is_activated_each_by_the_old_or_the_new(world):
    (child,) = world.take(REFERRAL).children
    world.clock.stop(world.clock.time)
    whole = world.ask(child, SCHOOL).content
    second = a_second_version()
    with asked_all_along(lambda: world.ask(child, SCHOOL).content) as answers:
        register = AgreementRegister(world.gateway.office, OFFICERS[0])
        register.register(second, signatures(second))
        activated(world.gateway.office, "little-marsh-early-help/2")

    nothing = world.ask(child, SCHOOL).content
    assert nothing != whole
    kinds = [answer == whole for answer in answers]
    assert set(kinds) == {True, False}
    assert kinds == sorted(kinds, reverse=True)
    assert set(answers) == {whole, nothing}


def test_among_hundreds_of_agreements_one_is_swapped_in_less_than_a_second(world):
    (sample,) = samples()
    office = world.gateway.office
    register = AgreementRegister(office, OFFICERS[0])
    others = [with_keys(replace(sample, id=f"agreement-{number}")) for number in range(300)]
    register.record(
        *(
            Done(
                Step.ACTIVATED,
                Agreement(
                    id=name_of(one),
                    content=one,
                    stage=Stage.ACTIVE,
                    signatures=signatures(one),
                    approved_by=OFFICERS,
                ),
                {},
            )
            for one in others
        )
    )
    known = office.rulebook.registers.agreements[NAME]
    assert len(list(office.rulebook.agreements)) == 302

    began = perf_counter()
    register.record(Done(Step.SUSPENDED, replace(known, stage=Stage.SUSPENDED), {}))

    assert perf_counter() - began < 1
    assert office.rulebook.agreements.state(known.content, START.date()) == "suspended"
