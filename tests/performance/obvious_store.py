"""What the obvious implementation keeps: ORM models on SQLite, as durable as the gateway's."""

from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine, ForeignKey, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import ConnectionPoolEntry

from policies.agreements import Agreements
from tests.performance import home


class Base(DeclarativeBase):
    """The tables."""


class Service(Base):
    """A registered service, addressed by its DoS id."""

    __tablename__ = "service"
    id: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    type: Mapped[str]
    training_until: Mapped[date | None]


class Term(Base):
    """One line of an agreement: who may send whom which category for which purpose."""

    __tablename__ = "term"
    id: Mapped[int] = mapped_column(primary_key=True)
    agreement: Mapped[str]
    sender: Mapped[str] = mapped_column(index=True)
    recipient: Mapped[str] = mapped_column(index=True)
    purpose: Mapped[str]
    category: Mapped[str]
    until: Mapped[date]


class Child(Base):
    """A child, found by a keyed hash of the NHS number."""

    __tablename__ = "child"
    id: Mapped[str] = mapped_column(primary_key=True)
    nhs_number: Mapped[str] = mapped_column(unique=True)
    born_on: Mapped[date | None]


class Message(Base):
    """A message as it was received, with the elements that were read from it."""

    __tablename__ = "message"
    id: Mapped[str] = mapped_column(primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"))
    sender: Mapped[str]
    received_at: Mapped[datetime]
    body: Mapped[bytes]
    elements: Mapped[list["Element"]] = relationship(back_populates="message")


class Element(Base):
    """One element of an assessment, encrypted."""

    __tablename__ = "element"
    id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"))
    path: Mapped[str]
    category: Mapped[str]
    content: Mapped[bytes]
    message: Mapped[Message] = relationship(back_populates="elements")


class Consent(Base):
    """What a consent statement says about one service."""

    __tablename__ = "consent"
    id: Mapped[str] = mapped_column(primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    service_id: Mapped[str]
    state: Mapped[str]
    until: Mapped[date | None]


class Outgoing(Base):
    """What waits to be sent to one recipient."""

    __tablename__ = "outgoing"
    id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"))
    recipient: Mapped[str]
    payload: Mapped[bytes]
    state: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]


class Audit(Base):
    """One entry of the audit trail, chained to the one before it."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str]
    detail: Mapped[bytes]
    previous: Mapped[str]
    digest: Mapped[str]


def open_store(folder: Path) -> Engine:
    """Return the database of *folder*, with its tables."""
    engine = create_engine(f"sqlite:///{folder / 'obvious.db'}", pool_size=40)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    Base.metadata.create_all(engine)
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin where the ORM begins them
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def register(session: Session) -> None:
    """Register the services and the agreement that the gateway under measurement has, too."""
    for service in home.services():
        session.add(
            Service(
                id=service.id,
                organisation=service.organisation,
                type=service.type,
                training_until=service.training_until,
            )
        )
    for agreement in Agreements.of(home.AGREEMENTS):
        for terms in agreement.purposes:
            for share in terms.shares:
                session.add_all(
                    Term(
                        agreement=f"{agreement.id}/{agreement.version}",
                        sender=sender,
                        recipient=recipient,
                        purpose=terms.purpose.value,
                        category=category.value,
                        until=agreement.until,
                    )
                    for sender in share.from_
                    for recipient in share.to
                    for category in share.covered()
                )
