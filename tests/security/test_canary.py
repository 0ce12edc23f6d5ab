"""No personal data where none may be (invariant 7): a marked child, and everywhere it must not be.

The child's names, numbers, address and every sentence about it carry a mark; then everything that
can happen happens, and all that the gateway wrote, logged, answered and signed is searched.
"""

import json
from datetime import date

import pytest
from bars_messages import message
from front_door import DISCLOSURES, FHIR, LOOKUP, MESSAGE
from logs import all_logs
from oauth import ClientSystem, Clock
from starlette.testclient import TestClient
from worlds import (
    CHARITY,
    EARLY_HELP,
    EARLY_HELP_FORMAT,
    GP,
    HEALTH_VISITING,
    HV_MANAGER,
    SCHOOL,
    World,
)

from gateway.errors import GatewayError
from gateway.front_door import open_front_door
from gateway.registers import Client
from gateway.worklists.answering import Answered
from gateway.worklists.handling import resolve

MARK = "Zquorvex"
NUMBER, LOCAL, BORN = "9990007772", "FB-77731", date(2019, 3, 17)
POSTCODE, PHONE = "ZZ99 9QX", "01632 960987"
MARKS = (MARK, NUMBER, LOCAL, BORN.isoformat(), POSTCODE, PHONE)

_TEXTS = {"text", "family", "given", "line", "valueString", "description", "city"}
_PLAIN = {
    "9990001006": NUMBER,
    "FB-11006": LOCAL,
    "2022-06-14": BORN.isoformat(),
    "ZZ99 4TA": POSTCODE,
    "01632 960101": PHONE,
}


def marked(value, name=""):
    """Return *value* with the mark in every name, address and sentence."""
    match value:
        case dict():
            return {key: marked(one, key) for key, one in value.items()}
        case list():
            return [marked(one, name) for one in value]
        case str():
            return _marked_text(value, name)
    return value


def _marked_text(text: str, name: str) -> str:
    if name in _TEXTS:
        return f"{MARK} {text}"
    return _PLAIN.get(text, text)


def the_referral() -> dict:
    """Return the health visitor's referral of the marked child."""
    return marked(message())


def spoiled(place: str, value: object):
    """Return the referral with *value* in one *place* of the child's own resource."""
    plain = the_referral()
    for entry in plain["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"][place] = value
    return json.dumps(plain).encode()


BAD_MESSAGES = [
    b'{"resourceType": "Bundle", "' + MARK.encode(),
    MARK.encode() + b"<Bundle/>",
    spoiled("birthDate", f"{BORN}-{MARK}"),
    spoiled("birthDate", "2019-02-30"),
    spoiled("gender", MARK),
    spoiled(MARK, MARK),
    spoiled("name", MARK),
    spoiled("identifier", [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": f"{MARK}1"}]),
    spoiled("generalPractitioner", [{"reference": f"urn:uuid:{MARK}"}]),
]


def everything_happens(world: World) -> list[bytes]:
    """Have all of it happen, and return what anybody but the recipients was told."""
    told: list[bytes] = []
    content = json.dumps(the_referral()).encode()
    answer = world.take(content)
    told += [answer.answer, answer.receipt, world.take(content).receipt]
    for bad in (*BAD_MESSAGES, content.replace(b"Tuesday", b"Friday") + b" "):
        told.append(_told(world, bad))
    child = answer.children[0]
    for service in (CHARITY, GP):
        refused = world.ask(child, service)
        told += [refused.content, refused.receipt]
    world.look_up(NUMBER, BORN, CHARITY)
    told.append(world.ask(child, SCHOOL).receipt)
    _resolve_a_task(world)
    world.withdraw(child, SCHOOL)
    world.dispatch()
    return told


def _told(world: World, content: bytes) -> bytes:
    try:
        answer = world.receive(content)
    except GatewayError as error:
        return (
            f"{error} {error.__cause__} {error.__context__} {getattr(error, 'where', '')}".encode()
        )
    return repr(answer.findings).encode() + answer.receipt


def _resolve_a_task(world: World) -> None:
    office = world.gateway.office
    task = next(one for one in office.archive.open_tasks() if one.subject.recipient == GP)
    trained = Answered(name="training", value="current", until=date(2028, 1, 1))
    resolve(office, task.row.id, HV_MANAGER, [trained])


@pytest.fixture
def logged():
    """Yield all that the gateway and its libraries log."""
    with all_logs() as stream:
        yield stream


def require_unmarked(where: str, content: bytes | str) -> None:
    text = (content if isinstance(content, bytes) else content.encode()).lower()
    found = [mark for mark in MARKS if mark.lower().encode() in text]
    assert not found, (where, found)


@pytest.fixture
def happened(world, logged):
    """Have everything happen, and return the world, what was told, and what was logged."""
    return world, everything_happens(world), logged


def test_the_mark_is_in_what_the_recipients_get_and_so_the_search_is_worth_something(happened):
    world, *_ = happened
    (document,) = world.delivered(EARLY_HELP)

    assert all(mark in document.decode() for mark in MARKS)


def test_no_answer_to_anybody_else_names_the_child(happened):
    _, told, _ = happened

    for number, answer in enumerate(told):
        require_unmarked(f"answer {number}", answer)


def test_no_log_line_names_the_child(happened, capfd):
    _, _, logged = happened

    assert logged.getvalue()
    require_unmarked("log", logged.getvalue())
    require_unmarked("output", "".join(capfd.readouterr()))


def test_no_entry_of_the_log_and_no_receipt_names_the_child(happened):
    world, *_ = happened
    log = world.gateway.office.committer.log

    for index, leaf in log.leaves(0, world.size):
        require_unmarked(f"leaf {index}", leaf)
    for service in (EARLY_HELP, SCHOOL, GP):
        for receipt in world.receipts(service):
            require_unmarked(f"receipt of {service}", receipt)


def test_nothing_that_is_stored_names_the_child_in_clear(happened):
    world, *_ = happened
    home = world.gateway.settings.home
    outside = world.outside

    searched = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.name.startswith("gateway.db") for path in searched)
    for path in searched:
        require_unmarked("path", str(path.relative_to(home)))
        if not path.is_relative_to(outside):
            require_unmarked(path.name, path.read_bytes())


def a_caller(world: World, service: str) -> ClientSystem:
    """Return a system of *service*, registered."""
    system = ClientSystem(id=f"system-{service}", service_id=service, clock=Clock(world.clock.time))
    key = {name: str(value) for name, value in system.key.as_dict(private=False).items()}
    client = Client(
        id=system.id, service=service, jwks={"keys": [key]}, scopes=tuple(sorted(system.scopes))
    )
    world.gateway.recorder.documents([client])
    return system


def headers_of(http: TestClient, system: ClientSystem) -> dict[str, str]:
    """Return the headers of an authorised request."""
    endpoint = http.get("/.well-known/smart-configuration").json()["token_endpoint"]
    form = system.form(client_assertion=system.assertion(aud=endpoint))
    answer = http.post("/oauth2/token", data=form)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_no_answer_address_metric_or_log_of_the_door_names_the_child(world, logged):
    content = json.dumps(the_referral()).encode()
    child = world.take(content).children[0]
    sender, asker = a_caller(world, HEALTH_VISITING), a_caller(world, CHARITY)
    disclosures = DISCLOSURES.replace("c-17", child)
    accept = {"Accept": EARLY_HELP_FORMAT}
    identifiers = [{"scheme": "nhs-number", "value": NUMBER}]
    with TestClient(open_front_door(world.gateway), raise_server_exceptions=False) as http:
        sending, asking = (headers_of(http, one) for one in (sender, asker))
        answers = [
            http.post(MESSAGE, content=body, headers=sending | FHIR)
            for body in (content, *BAD_MESSAGES)
        ]
        answers += [
            http.post(disclosures, json={"purpose": purpose}, headers=asking | accept)
            for purpose in ("early_help", MARK)
        ]
        answers += [
            http.post(LOOKUP, json={"identifiers": identifiers, "bornOn": born}, headers=asking)
            for born in (BORN.isoformat(), f"{BORN}-{MARK}")
        ]
        answers += [
            http.get(f"/FHIR/R4/Patient?name={MARK}&identifier={NUMBER}", headers=asking),
            http.get(f"/{MARK}/{NUMBER}"),
            http.post(f"{LOOKUP}?family={MARK}", json={MARK: NUMBER}, headers=asking),
            http.get("/metrics"),
            http.get("/log/checkpoint"),
            http.get(f"/FHIR/R4/AuditEvent?patient={child}&_count=200", headers=asking),
            http.get(f"/FHIR/R4/AuditEvent?patient={MARK}&{NUMBER}={BORN}", headers=asking),
            http.post("/api/v1/audit/search", json={"child": child, "by": "ig-1"}, headers=asking),
        ]

    assert {answer.status_code for answer in answers} <= {200, 400, 401, 404, 405, 409, 415, 422}
    for answer in answers:
        require_unmarked(f"{answer.request.url.path} {answer.status_code}", answer.content)
        require_unmarked("headers", repr(answer.headers))
    require_unmarked("log", logged.getvalue())
