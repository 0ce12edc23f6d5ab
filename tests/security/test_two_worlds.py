"""No inference (invariant 5): two worlds, one of which holds what the other never held.

Whoever may not see the difference gets the same in both: bodies, receipts in form and length,
entries in kind and number, and lookups.
"""

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
import pytest
from bars_messages import message, read, resources
from worlds import (
    CAMHS,
    CHARITY,
    DOS,
    EARLY_HELP,
    GP,
    HEALTH_VISITING,
    NUMBER,
    POSYS_BIRTH,
    SCHOOL,
    World,
    a_world,
)

from audit.leaf import Leaf
from gateway.errors import AuthorisationError
from mappings.caf.view import PART_OF_A_WHOLE

NOBODY = "0" * 32
CATEGORY = "https://caf-gateway.example/fhir/CodeSystem/policy-category"
RECIPIENT = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
            "code": "IRCP",
        }
    ]
}
WITHHELD_FROM_THE_SCHOOL = {
    "general-health",
    "basic-care",
    "warmth",
    "housing-employment-finance",
    "social-community",
    "progress",
}


def a_referral(*services: str, without: frozenset[str] | set[str] = frozenset()) -> bytes:
    """Return the referral, addressed to *services* alone, *without* some elements."""
    plain = message()
    (header,) = resources(plain, "MessageHeader")
    header["destination"] = [
        one for one in header["destination"] if one["endpoint"].partition("|")[2] in services
    ]
    (answers,) = resources(plain, "QuestionnaireResponse")
    answers["item"] = list(_kept(answers["item"], without))
    return json.dumps(plain).encode()


def _kept(items, without):
    for item in items:
        if item["linkId"] not in without:
            nested = {"item": list(_kept(item["item"], without))} if "item" in item else {}
            yield item | nested


def numbered(document: bytes) -> str:
    """Return *document* with each opaque id replaced by its rank of appearance.

    An id is drawn from a secret and the bytes of the record: it differs, and tells nothing.
    """
    ranks: dict[str, str] = {}

    def rank(match: re.Match[str]) -> str:
        return ranks.setdefault(match[0], f'"id {len(ranks)}"')

    return re.sub(r'"(?:[0-9a-f]{18}|[0-9a-f]{32})"', rank, document.decode())


def form(value):
    """Return what can be seen of *value*: what is drawn at random by its length alone."""
    match value:
        case dict():
            return {name: form(one) for name, one in value.items()}
        case list():
            return [form(one) for one in value]
        case str() if re.fullmatch(r"[0-9a-f]{32,}", value):
            return len(value)
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody sees of a receipt."""

    length: int
    leaf: dict
    opening: dict

    @classmethod
    def of(cls, receipt: bytes) -> "Seen":
        members = json.loads(receipt)
        leaf = json.loads(members["leaf"]) | {"at": 0}
        opening = members["opening"] | {"content": json.loads(members["opening"]["content"])}
        return cls(len(receipt), form(leaf), form(opening))


def public(leaves: list[Leaf]) -> list[dict]:
    """Return what anybody sees of entries: all but what is drawn at random."""
    drawn = {"at": 0, "nonce": "", "tag": "", "commit": ""}
    return [form(msgspec.to_builtins(leaf) | drawn) for leaf in leaves]


@contextmanager
def at_one_time(world: World):
    """Have every clock reading be the same, a day later: what was asked when tells nothing."""
    moment = world.clock.time.replace(hour=12, minute=0, second=0, microsecond=0)
    world.clock.stop(moment + timedelta(days=1))
    yield


def asked_and_looked_up(world: World, child_id: str, service: str):
    """Return all that *service* can see of a child by asking and looking it up."""
    with at_one_time(world):
        before = world.size
        answer = world.ask(child_id, service)
        found = world.look_up(NUMBER, POSYS_BIRTH, service)
        return (
            numbered(answer.content),
            answer.media_type,
            answer.entry - before,
            Seen.of(answer.receipt),
            found.child_id is None,
            public(world.leaves(before)),
        )


def test_content_that_is_withheld_is_like_content_that_was_never_held(tmp_path):
    seen = []
    for name, without in (("held", set()), ("never", WITHHELD_FROM_THE_SCHOOL)):
        with a_world(tmp_path / name) as world:
            before = world.size
            answer = world.take(a_referral(SCHOOL, without=without))
            world.dispatch()
            seen.append(
                (
                    [numbered(payload) for payload in world.delivered(SCHOOL)],
                    [Seen.of(receipt) for receipt in world.receipts(SCHOOL)],
                    public(world.leaves(before)),
                    asked_and_looked_up(world, answer.children[0], SCHOOL),
                )
            )

    assert seen[0] == seen[1]
    assert "voice" in str(seen) or "words" in str(seen)  # something was released at all


@pytest.mark.parametrize("refused", ["service", "category"])
def test_what_a_family_refuses_another_service_is_like_what_it_never_refused(tmp_path, refused):
    seen = []
    for name in ("refused", "never"):
        with a_world(tmp_path / name) as world:
            plain = json.loads(a_referral(SCHOOL, without=WITHHELD_FROM_THE_SCHOOL))
            if name == "refused":
                (consent,) = resources(plain, "Consent")
                consent["provision"]["provision"] = [denial(refused)]
            answer = world.take(json.dumps(plain).encode())
            world.dispatch()
            seen.append(
                (
                    [numbered(payload) for payload in world.delivered(SCHOOL)],
                    [Seen.of(receipt) for receipt in world.receipts(SCHOOL)],
                    asked_and_looked_up(world, answer.children[0], SCHOOL),
                )
            )

    assert seen[0] == seen[1]
    assert "consent_statements" in seen[0][0][0]


def denial(of: str) -> dict:
    """Return the part of a consent that refuses a *service*, or a *category* that is not held."""
    if of == "service":
        identifier = {"system": DOS, "value": CAMHS}
        return {
            "type": "deny",
            "actor": [{"role": RECIPIENT, "reference": {"identifier": identifier}}],
        }
    label = {"system": CATEGORY, "code": "sexual_health"}
    return {"type": "deny", "securityLabel": [label]}


@pytest.mark.parametrize("service", [CHARITY, GP, SCHOOL])
def test_a_child_who_is_known_is_like_one_who_is_not(tmp_path, service):
    seen = []
    for name, number in (("known", NUMBER), ("unknown", "9990002207")):
        with a_world(tmp_path / name) as world:
            content = a_referral(EARLY_HELP).replace(NUMBER.encode(), number.encode())
            answer = world.take(content)
            child_id = answer.children[0] if name == "known" else NOBODY
            seen.append(asked_and_looked_up(world, child_id, service))

    assert seen[0] == seen[1]
    assert PART_OF_A_WHOLE in seen[0][0]


@pytest.mark.parametrize("training", ["unknown", "lapsed"])
def test_what_waits_for_a_person_is_like_what_is_refused_and_like_nothing(tmp_path, training):
    seen = []
    for name, services in (("addressed", (GP, EARLY_HELP)), ("not", (EARLY_HELP,))):
        with a_world(tmp_path / name) as world:
            if training == "lapsed":
                lapsed = msgspec.structs.replace(
                    world.gateway.office.service(GP), training_until=date(2025, 1, 1)
                )
                world.gateway.recorder.documents([lapsed])
            answer = world.take(a_referral(*services))
            if name == "not":  # another entry, so that the log has as many
                world.look_up(NUMBER, POSYS_BIRTH, EARLY_HELP)
            world.dispatch()
            assert world.delivered(GP) == []
            found = asked_and_looked_up(world, answer.children[0], GP)
            seen.append(found[:4])

    assert seen[0] == seen[1]


def test_who_may_not_know_a_child_is_told_the_same_by_every_error(tmp_path):
    with a_world(tmp_path) as world:
        known = world.take(a_referral(EARLY_HELP)).children[0]
        before = world.size
        said = set()
        for child_id in (known, NOBODY):
            with pytest.raises(AuthorisationError) as refused:
                world.ask(child_id, CHARITY, practitioner="somebody")
            said.add(str(refused.value))

        assert len(said) == 1
        assert world.size == before


def test_a_message_id_of_one_sender_tells_another_nothing(tmp_path):
    with a_world(tmp_path) as world:
        world.take(a_referral(EARLY_HELP), HEALTH_VISITING)

        again = world.take(a_referral(EARLY_HELP, without={"warmth"}), SCHOOL)

        assert not again.is_repeat


def test_a_guess_at_the_whole_record_cannot_be_confirmed_by_the_ids_of_what_is_released(tmp_path):
    content = a_referral(SCHOOL)
    guessed = set(ids(msgspec.json.encode(read(content).readings[0].assessment)))
    with a_world(tmp_path) as world:
        world.take(content)
        world.dispatch()
        (document,) = world.delivered(SCHOOL)

    assert set(ids(document))
    assert guessed.isdisjoint(ids(document))


def ids(document: bytes) -> list[bytes]:
    """Return the ids of the items in *document*."""
    return re.findall(rb'"id":"([0-9a-f]{18})"', document)
