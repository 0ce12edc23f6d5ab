"""The obvious implementation: what a competent engineer would have written at first.

FastAPI with a validated body, the ORM, one durable transaction a message, each element encrypted
in a row of its own. It does what the gateway does for a referral and no more: authenticate, know
a repeat, read, find the child, decide for each recipient and element, queue what is permitted,
keep an audit trail that is chained. It makes no receipt, no task, and no second check.

    python -m tests.performance.obvious FOLDER PORT
"""

import hashlib
import hmac
import json
import os
import sys
import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import uvicorn
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.performance import home, obvious_reading, obvious_store
from tests.performance.obvious_reading import Read, UnreadableError
from tests.performance.obvious_rules import Outcome, Parties, decide
from tests.performance.obvious_store import (
    Audit,
    Child,
    Consent,
    Element,
    Message,
    Outgoing,
    Service,
    Term,
)

PURPOSE = "early_help"
ISSUER = "obvious"

claims_registry = jwt.JWTClaimsRegistry(iss={"essential": True, "value": ISSUER})
token_key = OKPKey.generate_key("Ed25519", private=True)
cipher = AESGCM(os.urandom(32))
index_key = os.urandom(32)
one_writer = threading.Lock()  # SQLite has one: waiting here is cheaper than being told "locked"


def seal(text: bytes) -> bytes:
    """Encrypt one value."""
    nonce = os.urandom(12)
    return nonce + cipher.encrypt(nonce, text, None)


def new_id() -> str:
    """Return a new id for a row."""
    return str(uuid.uuid4())


def issue_token() -> str:
    """Return a token for the sending service."""
    expires = datetime.now(UTC) + timedelta(hours=1)
    claims = {"iss": ISSUER, "sub": home.SENDER, "exp": int(expires.timestamp())}
    return jwt.encode({"alg": "Ed25519"}, claims, token_key, ["Ed25519"])


def sender_of(authorization: Annotated[str, Header()]) -> str:
    """Return the service that calls."""
    try:
        token = jwt.decode(authorization.removeprefix("Bearer "), token_key, ["Ed25519"])
        claims_registry.validate(token.claims)
    except JoseError as error:
        raise HTTPException(401) from error
    return str(token.claims["sub"])


async def received_bytes(request: Request) -> bytes:
    """Return the body as it came: that is the record."""
    return await request.body()


def create_app(engine: Engine) -> FastAPI:
    """Return the application on the database of *engine*."""
    app = FastAPI()

    @app.post("/FHIR/R4/$process-message")
    def process_message(
        bundle: Bundle,
        sender_id: Annotated[str, Depends(sender_of)],
        body: Annotated[bytes, Depends(received_bytes)],
    ) -> dict[str, object]:
        """Take a referral in, and say what became of it for each recipient."""
        return receive(engine, bundle, body, sender_id)

    return app


def receive(engine: Engine, bundle: Bundle, body: bytes, sender_id: str) -> dict[str, object]:
    """Take a message in: all of it in one transaction."""
    try:
        read = obvious_reading.read_elements(bundle)
        with one_writer, Session(engine) as session, session.begin():
            if session.get(Message, bundle.id):
                return {"message": bundle.id, "outcome": "duplicate"}
            message = store_message(session, bundle, body, sender_id, read)
            outcomes = {
                recipient: share(session, message, read, recipient)
                for recipient in obvious_reading.recipients(bundle)
            }
            detail = {"sha256": hashlib.sha256(body).hexdigest(), "outcomes": outcomes}
            audit(session, "received", detail | {"message": message.id})
    except UnreadableError as error:
        raise HTTPException(422, str(error)) from error
    return {"message": bundle.id, "outcome": "accepted", "recipients": outcomes}


def store_message(
    session: Session, bundle: Bundle, body: bytes, sender: str, read: list[Read]
) -> Message:
    """Store the message, its child, its consent and its elements."""
    child = find_child(session, obvious_reading.one_of(bundle, Patient))
    message = Message(
        id=bundle.id, child_id=child.id, sender=sender, received_at=now(), body=seal(body)
    )
    message.elements = [
        Element(
            id=new_id(), path=each.path, category=each.category, content=seal(each.text.encode())
        )
        for each in read
    ]
    session.add(message)
    services, until = obvious_reading.consented(bundle)
    for service in services:
        consent = Consent(
            id=new_id(), child_id=child.id, service_id=service, state="given", until=until
        )
        session.add(consent)
    session.flush()
    return message


def find_child(session: Session, patient: Patient) -> Child:
    """Return the child of a message, found by NHS number or new."""
    number = obvious_reading.nhs_number(patient)
    hashed = hmac.digest(index_key, number.encode(), "sha256").hex()
    child = session.scalar(select(Child).where(Child.nhs_number == hashed))
    if child is None:
        child = Child(id=new_id(), nhs_number=hashed, born_on=patient.birthDate)
        session.add(child)
        session.flush()
    return child


def share(
    session: Session, message: Message, read: list[Read], recipient_id: str
) -> dict[str, str]:
    """Decide on every element for one recipient, and queue what it may have."""
    recipient = session.get(Service, recipient_id)
    if recipient is None:
        return {}
    parties = parties_of(session, message, recipient)
    decisions = [(each, decide(each.category, parties)) for each in read]
    released = [
        {"element": each.path, "text": each.text}
        for each, decision in decisions
        if decision.outcome is Outcome.PERMIT
    ]
    if released:
        payload = {"message": message.id, "purpose": PURPOSE, "elements": released}
        outgoing = Outgoing(
            id=new_id(),
            message_id=message.id,
            recipient=recipient.id,
            payload=seal(json.dumps(payload).encode()),
            state="waiting",
            created_at=now(),
        )
        session.add(outgoing)
    return {each.path: f"{decision.outcome}: {decision.reason}" for each, decision in decisions}


def parties_of(session: Session, message: Message, recipient: Service) -> Parties:
    """Return what the rules ask about one sender and one recipient."""
    sender = session.get_one(Service, message.sender)
    today = now().date()
    terms = session.scalars(
        select(Term).where(
            Term.sender == sender.organisation,
            Term.recipient == recipient.organisation,
            Term.purpose == PURPOSE,
            Term.until > today,
        )
    )
    consents = session.scalars(select(Consent).where(Consent.child_id == message.child_id))
    return Parties(
        recipient=recipient,
        agreed={term.category for term in terms},
        consents={consent.service_id: consent for consent in consents},
        today=today,
    )


def audit(session: Session, action: str, detail: dict[str, object]) -> None:
    """Add an entry to the audit trail, chained to the one before."""
    last = session.scalar(select(Audit).order_by(Audit.id.desc()).limit(1))
    previous = last.digest if last else ""
    text = json.dumps(detail, sort_keys=True).encode()
    digest = hashlib.sha256(previous.encode() + text).hexdigest()
    session.add(Audit(at=now(), action=action, detail=seal(text), previous=previous, digest=digest))


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def main(folder: Path, port: int) -> None:
    """Register who there is, write down a token for the sender, and serve."""
    engine = obvious_store.open_store(folder)
    with Session(engine) as session, session.begin():
        obvious_store.register(session)
    (folder / "token").write_text(issue_token())
    uvicorn.run(create_app(engine), port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
