"""Messages that cannot be read: each gets a clear 4xx, and leaves one entry by its hash."""

import json
from hashlib import sha256

import pytest
from bars_messages import REFERRAL, payload_of
from doors import a_door
from front_door import FHIR, IDS, MESSAGE, RECORDS
from worlds import EARLY_HELP_FORMAT, HEALTH_VISITING

from audit.events import EntryType
from audit.parts import Part

XML = IDS | {"Content-Type": "application/fhir+xml"}
EARLY_HELP = {"Content-Type": EARLY_HELP_FORMAT}
TOO_LARGE = b" " * (20 * 2**20)

_DTD = b'<!DOCTYPE b SYSTEM "file:///etc/hostname"><Bundle xmlns="http://hl7.org/fhir"/>'
_ENTITY = b'<!DOCTYPE b [<!ENTITY e "x">]><Bundle xmlns="http://hl7.org/fhir"><id>&e;</id></Bundle>'
_DEEP_XML = b"<a>" * 10_000 + b"</a>" * 10_000


def a_referral_with(change) -> bytes:
    """Return the health visitor's referral, with its resources changed by *change*."""
    bundle = json.loads(payload_of(REFERRAL))
    for entry in bundle["entry"]:
        change(entry["resource"])
    return json.dumps(bundle).encode()


def born_on_the_31st_of_february(resource):
    if resource["resourceType"] == "Patient":
        resource["birthDate"] = "2022-02-31"


def to_nobody(resource):
    if resource["resourceType"] == "MessageHeader":
        del resource["destination"]


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    with a_door(tmp_path_factory.mktemp("door")) as opened:
        yield opened


def assert_says_who_must_act(answer, status):
    """Assert that *answer* is an OperationOutcome or a problem, for the sender, with a place."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    if body.get("resourceType") == "OperationOutcome":
        codes = [issue["details"]["coding"][0]["code"] for issue in body["issue"]]
        assert codes
        assert all(code.startswith(("SEND_", "REC_")) for code in codes)
        # A place, unless it is the whole that is at fault.
        said = {issue["diagnostics"] for issue in body["issue"]}
        assert any(" at " in one for one in said) or said == {"too-deep"}
        assert all("-" not in path for each in body["issue"] for path in each.get("expression", ()))
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert (body["status"], body["party"]) == (status, "SEND")
        assert body["errors"]


@pytest.mark.parametrize(
    ("path", "headers", "content", "status"),
    [
        pytest.param(MESSAGE, FHIR, b"{not JSON", 400, id="not JSON"),
        pytest.param(MESSAGE, FHIR, b"\xff\xfe{", 400, id="not UTF-8"),
        pytest.param(MESSAGE, XML, b"<Bundle", 400, id="not XML"),
        pytest.param(MESSAGE, XML, _DTD, 400, id="a DTD"),
        pytest.param(MESSAGE, XML, _ENTITY, 400, id="an entity"),
        pytest.param(MESSAGE, FHIR, b"[" * 10_000, 400, id="JSON 10,000 deep"),
        pytest.param(MESSAGE, XML, _DEEP_XML, 400, id="XML 10,000 deep"),
        pytest.param(MESSAGE, XML, b"{}", 400, id="JSON that is called XML"),
        pytest.param(MESSAGE, IDS | EARLY_HELP, b"{}", 415, id="another format to FHIR"),
        pytest.param(MESSAGE, IDS, b"{}", 415, id="no content type"),
        pytest.param(
            MESSAGE,
            IDS | {"Content-Type": "application/fhir+json; charset=utf-16"},
            b"{}",
            415,
            id="another charset",
        ),
        pytest.param(
            MESSAGE,
            FHIR,
            a_referral_with(born_on_the_31st_of_february),
            422,
            id="an impossible date",
        ),
        pytest.param(MESSAGE, FHIR, a_referral_with(to_nobody), 422, id="no recipient"),
        pytest.param(RECORDS, EARLY_HELP, b"{not JSON", 400, id="a record that is not JSON"),
        pytest.param(RECORDS, EARLY_HELP, b'{"a":' * 10_000, 400, id="a record 10,000 deep"),
        pytest.param(
            RECORDS, {"Content-Type": "application/x-fax"}, b"x", 415, id="an unknown format"
        ),
        pytest.param(RECORDS, {}, b"x", 415, id="a record without content type"),
    ],
)
def test_a_message_that_cannot_be_taken_leaves_one_entry_by_its_hash(
    door, path, headers, content, status
):
    before = door.world.size

    answer = door.http.post(
        path, content=content, headers=door.authorised(HEALTH_VISITING) | headers
    )

    assert_says_who_must_act(answer, status)
    assert door.world.types(before) == [EntryType.REJECTED]
    entry = door.world.gateway.office.details.opened(before)
    said = entry.detail.open(Part.SENDER).fields()
    assert said["record_sha256"] == sha256(content).hexdigest()
    assert int(answer.headers["CAF-Entry"]) == before


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        pytest.param(FHIR, TOO_LARGE, 413, id="20 MB"),
        pytest.param(FHIR | {"Content-Encoding": "gzip"}, b"{}", 415, id="compressed"),
    ],
)
def test_what_is_refused_before_it_is_read_leaves_no_entry(door, headers, content, status):
    before = door.world.size

    answer = door.http.post(
        MESSAGE, content=content, headers=door.authorised(HEALTH_VISITING) | headers
    )

    assert answer.status_code == status
    assert door.world.types(before) == []


def test_nothing_but_the_entry_is_kept_of_a_message_in_an_unknown_format(door):
    canary = b"Zephyrine-Quillfeather"
    headers = door.authorised(HEALTH_VISITING) | {"Content-Type": "application/x-fax"}
    tables = ("record", "child", "assessment", "task", "outbox", "idempotency")
    counts = ["SELECT count(*) FROM " + table for table in tables]  # noqa: S608 - our own names
    before = [door.world.rows(count) for count in counts]

    door.http.post(RECORDS, content=canary, headers=headers)

    assert [door.world.rows(count) for count in counts] == before
