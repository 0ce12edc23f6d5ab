"""A referral from door to door: commands, processes and sockets as in a deployment.

A health visitor's system gets a token and posts a BaRS referral; the council's early-help service
gets its view over TLS and proves it by the receipt; the school looks the child up and asks.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import httpx2
import msgspec
import processes
import pytest
import yaml
from bars_messages import REFERRAL, payload_of, resources
from front_door import FHIR, LOOKUP, MESSAGE
from msgspec.structs import replace
from oauth import ClientSystem, Clock
from postgres import server
from recipients import Recipient, a_certificate, a_recipient
from signatories import SAMPLE, activate_for_tests
from worlds import (
    EARLY_HELP,
    EARLY_HELP_FORMAT,
    HEALTH_VISITING,
    SCHOOL,
    Kind,
    registers,
)

from audit.checkpoint import open_checkpoint
from audit.note import SigningKey
from audit.receipts import CheckedReceipt, check_receipt, from_header
from gateway.composition import open_gateway
from gateway.registers import Client, Document, Endpoint, Service, kind_of
from gateway.security.keys import Keys
from gateway.settings import KEYS, Settings
from policies import documents
from policies.agreements import Agreement

WRITTEN = date(2026, 11, 20)  # on which the samples are fresh
_DATE = re.compile(r"\b202[6-8]-[01]\d-[0-3]\d\b")


def as_of_today(text: str) -> str:
    """Return a sample moved in time, as if it had been written today."""
    passed = datetime.now(UTC).date() - WRITTEN
    return _DATE.sub(lambda found: str(date.fromisoformat(found[0]) + passed), text)


@dataclass
class Agency:
    """One service's system: it gets its tokens, and calls the gateway at *address*."""

    address: str
    system: ClientSystem

    def call(self, method: str, path: str, scope: str, **more) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._token(scope)}"} | more.pop("headers", {})
        return httpx2.request(method, self.address + path, headers=headers, timeout=30, **more)

    def _token(self, scope: str) -> str:
        self.system.clock.at = datetime.now(UTC)
        endpoint = f"{self.address}/oauth2/token"
        assertion = self.system.assertion(aud=endpoint)
        form = self.system.form(client_assertion=assertion, scope=scope)
        token: str = httpx2.post(endpoint, data=form).json()["access_token"]
        return token


@dataclass
class Deployment:
    """A gateway that serves and delivers, and the systems around it."""

    home: Path
    address: str
    health: Agency
    council: Agency
    school: Agency
    inbox: Recipient
    logs: tuple[Path, Path]

    @property
    def key(self):
        """The log's verifier key, as the gateway's operator hands it out."""
        signing = Keys.load(self.home / KEYS).log.signing[0]
        return SigningKey(Settings(home=self.home).origin, signing).verifier

    def receipt(self, headers, agency: Agency) -> CheckedReceipt:
        """Return what the receipt proves that an answer has in its *headers*, or points to."""
        if "CAF-Receipt" in headers:
            return check_receipt(from_header(headers["CAF-Receipt"]), [self.key])
        path = headers["CAF-Receipt-Location"].removeprefix(self.address)
        fetched = agency.call("GET", path, "system/receipts.r")
        return check_receipt(fetched.content, [self.key])

    def delivered(self):
        """Return what the council was sent, once it was."""
        until = time.monotonic() + 20
        while not self.inbox.received and time.monotonic() < until:
            time.sleep(0.02)
        ((_, headers, body),) = self.inbox.received
        return headers, body


def agencies(address: str) -> dict[str, Agency]:
    """Return the systems that call, by their service."""
    services = (HEALTH_VISITING, EARLY_HELP, SCHOOL)
    return {
        one: Agency(address, ClientSystem(id=f"client-{one}", service_id=one, clock=Clock()))
        for one in services
    }


def write_registers(home: Path, callers: dict[str, Agency], inbox: str) -> None:
    """Write the file of registers: the partnership, with the callers' keys and the inbox."""
    rows: dict[str, list[object]] = {}
    for one in registers():
        plain = msgspec.to_builtins(_registered(one, callers, inbox), builtin_types=(date,))
        rows.setdefault(f"{kind_of(one)}s", []).append(plain)
    (home / "registers.yaml").write_text(as_of_today(yaml.safe_dump(rows)))


def _registered(document: Document, callers: dict[str, Agency], inbox: str) -> Document:
    match document:
        case Service(id=service) if service == EARLY_HELP:
            return replace(document, endpoint=Endpoint(transport="https", address=inbox))
        case Client(service=service) if service in callers:
            system = callers[service].system
            public = system.key.as_dict(private=False)
            key = {name: str(value) for name, value in public.items()}
            return replace(document, jwks={"keys": [key]}, scopes=tuple(sorted(system.scopes)))
    return document


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """Make a gateway with its own commands, and run it until the block ends."""
    home, port = folder / "home", processes.free_port()
    address = f"http://127.0.0.1:{port}"
    certificate = a_certificate(folder)
    callers = agencies(address)
    processes.run(home, "init")
    with a_recipient(certificate) as inbox:
        host = f"127.0.0.1:{inbox.server_port}"
        write_registers(home, callers, f"https://{host}/inbox")
        processes.run(home, "register", "load")
        with open_gateway(Settings(home=home)) as gateway:
            agreement = documents.parse(as_of_today(SAMPLE.read_text()), Agreement, SAMPLE.name)
            activate_for_tests(gateway.office, agreement)
        settings = {
            "PORT": str(port),
            "BASE_URL": address,
            "DELIVERY__HOSTS": json.dumps([host]),
            "DELIVERY__CA_FILE": str(certificate[1]),
        }
        with (
            processes.running(home, "serve", **settings) as served,
            processes.running(home, "work", **settings) as worked,
        ):
            processes.await_port(port)
            yield Deployment(
                home=home,
                address=address,
                health=callers[HEALTH_VISITING],
                council=callers[EARLY_HELP],
                school=callers[SCHOOL],
                inbox=inbox,
                logs=(served, worked),
            )


@pytest.fixture
def surroundings(kind, monkeypatch):
    """Set nothing but `DATABASE_URL`, and return what nobody may see of it."""
    if kind is Kind.SQLITE:
        yield "no password"
        return
    with server().database("template0") as url:
        monkeypatch.setenv("DATABASE_URL", url.replace("postgres@", "postgres:s3cr3t@"))
        yield "s3cr3t"


@pytest.mark.parametrize("kind", Kind)
def test_a_referral_reaches_the_council_is_proved_and_is_asked_about(tmp_path, kind, surroundings):
    referral = as_of_today(payload_of(REFERRAL).decode()).encode()
    with deployed(tmp_path) as gateway:
        # The health visitor's system posts it, and is told what became of it.
        scope = "system/ServiceRequest.c"
        answer = gateway.health.call("POST", MESSAGE, scope, content=referral, headers=FHIR)
        assert answer.status_code == 200, answer.text
        fates = [one["diagnostics"].partition(":")[0] for one in answer.json()["issue"]]
        assert fates[:3] == ["queued", "queued", "nothing-released"]

        # Its receipt proves the arrival of these bytes, under the key of the public log.
        arrival = gateway.receipt(answer.headers, gateway.health)
        assert arrival.fields["record_sha256"] == sha256(referral).hexdigest()
        note = httpx2.get(f"{gateway.address}/log/checkpoint").content
        assert open_checkpoint(note, [gateway.key]).size >= arrival.checkpoint.size

        # The council gets its view over TLS, with the receipt of just these bytes.
        headers, body = gateway.delivered()
        assert headers["Content-Type"] == EARLY_HELP_FORMAT
        proved = gateway.receipt(headers, gateway.council)
        assert proved.fields["payload_sha256"] == sha256(body).hexdigest()
        assert proved.fields["recipient"] == EARLY_HELP

        # It may fetch that receipt again, and nobody else may.
        path = f"/api/v1/receipts/{proved.index}"
        again = gateway.council.call("GET", path, "system/receipts.r")
        assert check_receipt(again.content, [gateway.key]).fields == proved.fields
        assert gateway.school.call("GET", path, "system/receipts.r").status_code == 404

        # A repeat is answered as a duplicate, with the receipt of the first arrival.
        repeat = gateway.health.call("POST", MESSAGE, scope, content=referral, headers=FHIR)
        assert repeat.status_code == 409
        assert repeat.json()["issue"][0]["code"] == "duplicate"
        assert repeat.headers["CAF-Entry"] == answer.headers["CAF-Entry"]

        # The school looks the child up, and gets what it may see.
        (patient,) = resources(json.loads(referral), "Patient")
        who = {
            "identifiers": [{"scheme": "nhs-number", "value": patient["identifier"][0]["value"]}],
            "bornOn": patient["birthDate"],
        }
        child = gateway.school.call("POST", LOOKUP, "system/children.r", json=who).json()["child"]
        seen = gateway.school.call(
            "POST",
            f"/api/v1/children/{child}/disclosures",
            "system/children.r",
            json={"purpose": "early_help"},
            headers={"Accept": EARLY_HELP_FORMAT},
        )
        assert seen.status_code == 200
        disclosed = gateway.receipt(seen.headers, gateway.school)
        assert disclosed.fields["payload_sha256"] == sha256(seen.content).hexdigest()
        assert len(seen.content) < len(body)

        metrics = httpx2.get(f"{gateway.address}/metrics").text

    assert 'caf_gateway_outbox_depth{state="sending"} 0.0' in metrics
    logs = "".join(log.read_text() for log in gateway.logs)
    assert '"event":"message.accepted"' in logs
    assert '"event":"delivery.done"' in logs
    assert '"event":"gateway.stopped"' in logs
    said = processes.run(gateway.home, "db", "upgrade") + processes.run(gateway.home, "doctor")
    assert {Kind.SQLITE: "SQLite file", Kind.POSTGRESQL: "PostgreSQL database"}[kind] in said
    assert "WRONG" not in said
    assert '"faults": []' in processes.run(gateway.home, "audit", "verify", "--json")
    assert (gateway.home / "gateway.db").exists() is (kind is Kind.SQLITE)
    for secret in (patient["name"][0]["family"], surroundings):
        assert secret not in logs + metrics + said
