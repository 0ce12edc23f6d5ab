"""Units of work for the tests of storage and delivery."""

import os
from hashlib import sha256

from audit.entry import encode_part, seal
from audit.events import EntryType
from audit.parts import Part
from gateway.storage.unit import Entry, Table, Unit, Write

DIGEST = "0" * 64


def an_entry(
    type_=EntryType.IMPORT,
    *,
    child=None,
    recipient="",
    payload_sha256=DIGEST,
    **said: str,
):
    """Return an entry of a type that tests need, with the least that its parts must hold."""
    parts = {
        EntryType.IMPORT: {
            Part.SENDER: {"record_sha256": DIGEST},
            Part.GATEWAY: {"record_sha256": DIGEST},
        },
        EntryType.DISCLOSURE: {
            Part.RECIPIENT: {
                "payload_sha256": payload_sha256,
                "recipient": recipient,
                **said,
            },
            Part.GATEWAY: {"withheld": ["family.housing"]},
        },
        EntryType.TASK_RESOLVED: {Part.GATEWAY: {"task": "t"}},
    }[type_]
    contents = {part: encode_part(type_, part, fields) for part, fields in parts.items()}
    return Entry(type=type_, detail=seal(contents, os.urandom), recipient=recipient, child_id=child)


def a_child(committer, id_):
    """Return the row of a new child."""
    row = {"id": id_, "wrapped_key": committer.child_keys.make(id_), "created_at": 0}
    return Write(Table.CHILD, row)


def a_record(id_, *, entry=0):
    """Return the row of a received record that entry *entry* of its unit records."""
    row = {
        "id": id_,
        "sender": "health-visiting",
        "adapter": "bars",
        "media_type": "application/fhir+json",
        "sha256": sha256(id_.encode()).digest(),
        "size": 1,
        "sealed": b"sealed",
        "received_at": 0,
    }
    return Write(Table.RECORD, row, entry)


def an_import(id_):
    """Return the unit that keeps one record, with its entry."""
    return Unit(writes=[a_record(id_)], entries=[an_entry()])


def a_task(id_):
    """Return the row of an open task."""
    row = {
        "id": id_,
        "kind": "possible-match",
        "owner_role": "duty-worker",
        "due_at": 0,
        "state": "open",
        "sealed": b"sealed",
        "created_at": 0,
    }
    return Write(Table.TASK, row, 0)


def an_answer(key):
    """Return the row that keeps the answer to a request with this key."""
    row = {
        "key": key,
        "body_sha256": b"h",
        "status": 200,
        "sealed_answer": b"sealed",
        "created_at": 0,
    }
    return Write(Table.IDEMPOTENCY, row, 0)
