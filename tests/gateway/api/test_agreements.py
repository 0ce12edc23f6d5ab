"""`/api/v1/agreements`, before a whole gateway: read, registered, activated by two, suspended."""

import pytest
from bars_messages import payload_of
from doors import a_door
from msgspec import json
from msgspec.structs import replace
from signatories import OFFICERS, samples, signatures, with_keys
from worlds import EARLY_HELP, SCHOOL, TEACHER, fates

from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")
ROOT = "/api/v1/agreements"
FIRST, SECOND = OFFICERS


@pytest.fixture
def door(tmp_path):
    with a_door(tmp_path) as door:
        yield door


@pytest.fixture
def content():
    """Return a second version of the sample, under which nothing goes to the school."""
    (sample,) = samples()
    narrower = tuple(
        replace(terms, shares=tuple(one for one in terms.shares if one.to != ("urn:999001",)))
        for terms in sample.purposes
    )
    return with_keys(replace(sample, version=2, purposes=narrower))


def read(door, path="", service=EARLY_HELP):
    return door.http.get(f"{ROOT}{path}", headers=door.authorised(service))


def send(door, path="", service=EARLY_HELP, **body):
    return door.http.post(f"{ROOT}{path}", json=body, headers=door.authorised(service))


def registration(content, by=FIRST):
    known = {"agreement": content, "signatures": signatures(content), "by": by}
    return json.decode(json.encode(known))


def test_all_versions_are_listed_and_one_is_read(door):
    listed = read(door).json()["agreements"]
    assert [(one["id"], one["state"]) for one in listed] == [
        ("little-marsh-early-help", "active"),
        ("wexcombe-camhs", "active"),
    ]
    one = read(door, "/little-marsh-early-help/1").json()
    assert one["approved_by"] == [FIRST, SECOND]


def test_from_registration_to_activation_by_two_officers(door, content):
    partly = registration(content)
    partly["signatures"], last = partly["signatures"][:-1], partly["signatures"][-1:]
    registered = send(door, **partly)
    assert (registered.status_code, registered.json()["stage"]) == (201, "registered")
    path = "/little-marsh-early-help/2"
    refused = send(door, f"{path}/proposal", by=FIRST)
    assert (refused.status_code, refused.json()["errors"]) == (422, [{"where": "urn:999001"}])

    signed = send(door, f"{path}/signatures", signatures=last, by=FIRST)
    assert signed.json()["stage"] == "signed"
    proposed = send(door, f"{path}/proposal", by=FIRST).json()
    assert proposed["rehearsal"]["decided"] == 0
    alone = send(door, f"{path}/approval", by=FIRST, digest=proposed["digest"])
    assert alone.status_code == 403
    other = send(door, f"{path}/approval", by=SECOND, digest="0" * 64)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/agreement-refused")
    approved = send(door, f"{path}/approval", by=SECOND, digest=proposed["digest"])

    assert (approved.status_code, approved.json()["stage"]) == (200, "active")
    answer = door.world.take(REFERRAL)
    assert (fates(answer)[SCHOOL], fates(answer)[EARLY_HELP]) == ("nothing-released", "queued")
    with open_stored_log(door.world.gateway.settings) as stored:
        assert verify(stored).faults == ()


def test_a_suspended_agreement_carries_nothing_until_it_is_resumed(door):
    path, why = "/little-marsh-early-help/1", {"by": FIRST, "reason": "a party asked for it"}
    assert send(door, f"{path}/suspension", **why).json()["stage"] == "suspended"
    assert send(door, f"{path}/suspension", **why).status_code == 409
    assert fates(door.world.take(REFERRAL))[EARLY_HELP] == "nothing-released"
    assert send(door, f"{path}/resumption", **why).json()["stage"] == "suspended"
    another = {"by": SECOND, "reason": "it was answered"}
    assert send(door, f"{path}/resumption", **another).json()["stage"] == "active"


def test_who_changes_the_register_is_an_officer_of_the_callers_service(door, content):
    path = "/little-marsh-early-help/1/suspension"
    refused = [
        send(door, path, by=FIRST, reason="of another service", service=SCHOOL),
        send(door, path, by=TEACHER, reason="no officer", service=SCHOOL),
        send(door, path, by="nobody", reason="nobody at all"),
        send(door, **registration(content), service=SCHOOL),
    ]
    assert [one.status_code for one in refused] == [403] * 4


@pytest.mark.parametrize("step", ["signatures", "proposal", "approval", "suspension", "resumption"])
def test_what_is_not_registered_takes_no_step(door, step):
    body = {
        "signatures": {"signatures": []},
        "approval": {"digest": "0" * 64},
        "suspension": {"reason": "why"},
        "resumption": {"reason": "why"},
    }
    for name in ("no-such/1", "little-marsh-early-help/9", "Little%20Marsh/1", "x/1x"):
        answered = send(door, f"/{name}/{step}", by=FIRST, **body.get(step, {}))
        assert answered.status_code == 404


def test_a_document_that_does_not_hold_together_is_refused_with_its_place(door, content):
    body = registration(content)
    body["agreement"]["parties"][0]["organisation"] = "ods:X9A02"
    refused = send(door, **body)
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        [{"where": "/purposes/0/shares/0/from"}],
    )
    stranger = registration(content)
    stranger["agreement"]["parties"].append(
        {"organisation": "la:998", "name": "-", "controller": "independent", "signatory": "-"}
    )
    refused = send(door, **stranger)
    assert refused.json()["errors"] == [{"where": "/parties/4/organisation"}]
    malformed = registration(content)
    malformed["agreement"]["purposes"][0]["purpose"] = "eduction"
    refused = send(door, **malformed)
    assert (refused.status_code, refused.json()["errors"]) == (
        400,
        [{"where": "/agreement/purposes/0/purpose"}],
    )


def test_a_signature_over_another_text_is_refused_and_nothing_is_recorded(door, content):
    size = door.world.size
    body = registration(content)
    body["agreement"]["title"] = "another"
    refused = send(door, **body)
    assert (refused.status_code, refused.json()["errors"]) == (422, [{"where": "la:999"}])
    assert door.world.size == size
