"""Hostile and mistaken requests: a clear 4xx of the right shape, and nothing repeated anywhere."""

import json

import pytest
from front_door import ASK, DISCLOSURES, FHIR, IDS, LOOKUP, MESSAGE, RECORDS, WHO, front_door

from gateway.errors import BusyError, IntegrityError

CANARY = "Zephyrine-Quillfeather"
_PARTIES = {"SEND", "REC", "PROXY"}


def assert_is_problem(answer, status: int) -> None:
    """Assert that *answer* is an OperationOutcome or a problem+json that says who must act."""
    assert answer.status_code == status
    body = json.loads(answer.content)
    if answer.headers["content-type"] == "application/fhir+json":
        assert body["resourceType"] == "OperationOutcome"
        for issue in body["issue"]:
            coding = issue["details"]["coding"][0]
            assert coding["code"].split("_")[0] in _PARTIES
            assert issue["details"]["text"]
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["status"] == status
        assert body["party"] in _PARTIES
        assert body["detail"]
        assert body["instance"].removeprefix("urn:uuid:") == answer.headers["X-Request-Id"]
    assert CANARY not in answer.text


_LONG = b"x" * (64 * 1024 + 1)
_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status"),
    [
        pytest.param("POST", MESSAGE, _LONG, FHIR, 413, id="a body over the limit"),
        pytest.param("POST", RECORDS, _LONG, _JSON, 413, id="a record over the limit"),
        pytest.param("POST", MESSAGE, b"{}", IDS | _JSON, 415, id="plain JSON to FHIR"),
        pytest.param("POST", MESSAGE, b"{}", IDS, 415, id="no content type"),
        pytest.param(
            "POST",
            MESSAGE,
            b"{}",
            IDS | {"Content-Type": "application/fhir+json; charset=utf-16"},
            415,
            id="another charset",
        ),
        pytest.param(
            "POST",
            MESSAGE,
            b"{}",
            IDS | {"Content-Type": f"application/fhir+json; {CANARY}=1"},
            415,
            id="an unknown parameter",
        ),
        pytest.param(
            "POST", MESSAGE, b"{}", FHIR | {"Content-Encoding": "gzip"}, 415, id="compressed"
        ),
        pytest.param("POST", MESSAGE, b"{}", {"X-Request-Id": CANARY}, 400, id="a wrong id"),
        pytest.param("POST", LOOKUP, b"{not json", _JSON, 400, id="not JSON"),
        pytest.param("POST", LOOKUP, b"\xff\xfe", _JSON, 400, id="not UTF-8"),
        pytest.param("POST", LOOKUP, b"[" * 10_000, _JSON, 400, id="10,000 deep"),
        pytest.param("POST", LOOKUP, b'{"x":NaN}', _JSON, 400, id="NaN"),
        pytest.param("POST", LOOKUP, b"{}", {"Content-Type": "text/plain"}, 415, id="plain text"),
        pytest.param("POST", DISCLOSURES, b"x" * 20_000, _JSON, 413, id="a long question"),
        pytest.param(
            "POST",
            DISCLOSURES,
            json.dumps(ASK).encode(),
            _JSON | {"Accept": "\x01"},
            406,
            id="an Accept that is none",
        ),
        pytest.param(
            "POST",
            f"/api/v1/children/{CANARY}%20x/disclosures",
            json.dumps(ASK).encode(),
            _JSON,
            400,
            id="no id of ours",
        ),
        pytest.param(
            "POST", LOOKUP, f'{{"{CANARY}":1}}'.encode(), _JSON, 400, id="an unknown member"
        ),
        pytest.param("GET", f"/{CANARY}?q={CANARY}", b"", {}, 404, id="no such address"),
        pytest.param("GET", f"/FHIR/R4/{CANARY}", b"", {}, 404, id="no such FHIR address"),
        pytest.param("GET", MESSAGE, b"", {}, 405, id="no such method"),
        pytest.param("PROPFIND", "/livez", b"", {}, 405, id="an odd method"),
        pytest.param("POST", MESSAGE, b"{}", FHIR | {"X-Long": "x" * 20_000}, 413, id="headers"),
        pytest.param("GET", "/livez?q=" + "x" * 20_000, b"", {}, 413, id="a long address"),
    ],
)
def test_a_bad_request_is_refused_clearly(door, method, path, content, headers, status):  # noqa: PLR0913, PLR0917 - one row of the table
    answer = door.http.request(method, path, content=content, headers=door.authorised(**headers))
    assert_is_problem(answer, status)
    assert not door.exchange.received
    assert not door.exchange.asked


def _lying(chunks, length):
    """Return a body that declares another length than it has, as no honest server passes on."""
    return {"content": iter(chunks), "headers": {"Content-Length": length}}


@pytest.mark.parametrize(
    ("chunks", "length", "status"),
    [
        pytest.param([b"{}"], "1000", 400, id="longer than it is"),
        pytest.param([b"x" * 40_000] * 3, "10", 413, id="shorter, and over the limit"),
        pytest.param([b"{}"], "99999999999999999999999", 413, id="beyond numbers"),
        pytest.param([b"{}"], "-2", 400, id="negative"),
        pytest.param([b"{}"], "0x10", 400, id="no number"),
    ],
)
def test_a_content_length_that_lies_is_refused(door, chunks, length, status):
    lie = _lying(chunks, length)
    headers = door.authorised(**FHIR) | lie["headers"]
    answer = door.http.post(MESSAGE, content=lie["content"], headers=headers)
    assert_is_problem(answer, status)


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="no token"),
        pytest.param("Bearer ", id="an empty token"),
        pytest.param(f"Bearer {CANARY}", id="a made-up token"),
        pytest.param("Basic dXNlcjpwYXNz", id="a password"),
        pytest.param("Bearer eyJhbGciOiJub25lIn0.e30.", id="an unsigned token"),
    ],
)
@pytest.mark.parametrize("path", [MESSAGE, RECORDS, LOOKUP, DISCLOSURES])
def test_who_has_no_token_of_ours_gets_no_further(door, path, authorization):
    headers = FHIR | ({"Authorization": authorization} if authorization else {})
    answer = door.http.post(path, content=b"{}", headers=headers)
    assert_is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_two_tokens_are_none(door):
    both = [("Authorization", f"Bearer {door.token()}")] * 2
    assert_is_problem(door.http.post(LOOKUP, headers=both), 401)


@pytest.mark.parametrize("path", [MESSAGE, RECORDS, LOOKUP, DISCLOSURES])
def test_a_token_without_the_scope_is_refused(door, path):
    answer = door.http.post(path, headers=door.authorised("system/log.read", **FHIR))
    assert_is_problem(answer, 403)


@pytest.mark.parametrize("path", [MESSAGE, DISCLOSURES])
def test_whatever_fails_inside_is_a_500_that_says_the_request_id_alone(door, logged, path):
    def fail() -> None:
        raise KeyError(CANARY)

    door.exchange.before = fail
    headers = door.authorised(**(FHIR if path == MESSAGE else IDS | _JSON))
    answer = door.http.post(path, content=json.dumps(ASK).encode(), headers=headers)
    assert_is_problem(answer, 500)
    (line,) = [line for line in logged.getvalue().splitlines() if "request.failed" in line]
    event = json.loads(line)
    assert event["cause"] == "KeyError"
    assert event["place"].startswith("api/test_bad_input.py:")
    assert event["request_id"] == IDS["X-Request-Id"]
    assert CANARY not in logged.getvalue()


@pytest.mark.parametrize(("error", "slug"), [(BusyError, "busy"), (IntegrityError, "halted")])
def test_what_the_gateway_cannot_do_now_is_a_503_of_its_own(door, error, slug):
    def fail() -> None:
        raise error(CANARY)

    door.exchange.before = fail
    answer = door.http.post(
        LOOKUP, json={"identifiers": [{"scheme": "a", "value": "b"}]}, headers=door.authorised()
    )
    assert_is_problem(answer, 503)
    assert answer.json()["type"] == f"/problems/{slug}"


def test_nothing_of_what_was_sent_is_in_logs_metrics_or_headers(door, logged):
    headers = door.authorised(**FHIR, **{"X-Name": CANARY, "User-Agent": CANARY})
    sent = [
        door.http.post(f"{MESSAGE}?name={CANARY}", content=CANARY.encode(), headers=headers),
        door.http.get(f"/{CANARY}/{CANARY}?name={CANARY}", headers={"X-Request-Id": CANARY}),
        door.http.request(CANARY.upper(), "/livez"),
        door.http.post("/oauth2/token", data={"grant_type": CANARY, "scope": CANARY}),
        door.http.post("/oauth2/token", data=door.system.form(client_assertion=CANARY)),
        door.http.post(DISCLOSURES, json=ASK | {CANARY: CANARY}, headers=headers | _JSON),
        door.http.post(RECORDS, content=b"", headers=headers | {"CAF-Destination": CANARY}),
    ]
    told = [logged.getvalue(), door.http.get("/metrics").text]
    told += [answer.text + str(answer.headers) for answer in sent]
    assert not [text for text in told if CANARY.lower() in text.lower()]


@pytest.mark.parametrize("path", [MESSAGE, LOOKUP])
def test_a_request_that_takes_too_long_is_told_so(settings, path):
    limits = settings.limits.model_copy(update={"request_seconds": 0.02})
    door = front_door(settings.model_copy(update={"limits": limits}))
    headers = door.authorised(**(FHIR if path == MESSAGE else _JSON))
    door.exchange.pause = 5.0
    answer = door.http.post(path, content=json.dumps(WHO).encode(), headers=headers)
    assert_is_problem(answer, 408)
