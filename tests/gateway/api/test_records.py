"""`POST /api/v1/records`: any format, with what it cannot carry in headers."""

import pytest
from front_door import RECORDS

from adapters.contract import Destination, Finding, Severity

_TYPE = {"Content-Type": "application/vnd.caf.early-help+json"}


def _headers(door, **more: str):
    return list(door.authorised("system/records.c", **_TYPE, **more).items())


def test_a_record_is_taken_with_its_destinations_use_case_and_message_id(door):
    headers = _headers(door, **{"CAF-Use-Case": "school-to-early-help", "CAF-Message-Id": "m-1"})
    headers += [("CAF-Destination", "urn:caf:service|council-7"), ("CAF-Destination", "urn:x|8")]
    answer = door.http.post(RECORDS, content=b"{}", headers=headers)
    (inbound,) = door.exchange.received
    assert answer.status_code == 201
    assert inbound.media_type == "application/vnd.caf.early-help+json"
    assert inbound.use_case == "school-to-early-help"
    assert inbound.message_id == "m-1"
    assert inbound.destinations == (
        Destination("urn:caf:service", "council-7"),
        Destination("urn:x", "8"),
    )


def test_a_repeat_gets_the_same_bytes(door):
    first = door.http.post(RECORDS, content=b"{}", headers=_headers(door))
    again = door.http.post(RECORDS, content=b"{}", headers=_headers(door))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert first.headers["CAF-Receipt"] == again.headers["CAF-Receipt"]


def test_a_rejection_is_a_located_problem(door):
    door.exchange.rejects = (
        Finding("wrong-type", Severity.ERROR, "/child/born", "the sender writes a date"),
    )
    answer = door.http.post(RECORDS, content=b"{}", headers=_headers(door))
    problem = answer.json()
    assert answer.status_code == problem["status"] == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["party"] == "SEND"
    assert problem["errors"] == [
        {
            "where": "/child/born",
            "code": "wrong-type",
            "severity": "error",
            "detail": "the sender writes a date",
        }
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CAF-Destination", "no-bar"),
        ("CAF-Destination", "two|bars|here"),
        ("CAF-Destination", "|"),
        ("CAF-Use-Case", "Not A Code"),
        ("CAF-Message-Id", "../../etc"),
        ("CAF-Message-Id", "m" * 200),
    ],
)
def test_a_header_that_is_no_such_thing_is_named(door, name, value):
    answer = door.http.post(RECORDS, content=b"{}", headers=[*_headers(door), (name, value)])
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"where": name}]
    assert door.exchange.received == []


def test_destinations_are_bounded(door):
    many = [("CAF-Destination", f"urn:x|{n}") for n in range(51)]
    answer = door.http.post(RECORDS, content=b"{}", headers=_headers(door) + many)
    assert answer.status_code == 400


def test_a_system_without_the_scope_is_told_which_one_it_needs(door):
    door.system.scopes = frozenset({"system/children.r"})
    door.register.add(door.system.registered())
    answer = door.http.post("/api/v1/records", headers=door.authorised(), content=b"{}")

    assert answer.status_code == 403
    assert "`system/records.c`" in answer.json()["detail"]
    assert 'scope="system/records.c"' in answer.headers["WWW-Authenticate"]
