"""`GET /api/v1/attachments`: each service learns of its own documents, and of no other's."""

import base64
import json

import pytest
from bars_messages import message
from doors import a_door
from worlds import EARLY_HELP, HEALTH_VISITING

ADDRESS = "/api/v1/attachments"
PDF = b"%PDF-1.7 canary"


@pytest.fixture
def whole(tmp_path):
    """Return a door to a gateway that was sent a document."""
    plain = message()
    data = base64.b64encode(PDF).decode()
    document = {"resourceType": "Binary", "contentType": "application/pdf", "data": data}
    plain["entry"].append({"fullUrl": "urn:uuid:6b0f", "resource": document})
    with a_door(tmp_path) as door:
        door.world.take(json.dumps(plain).encode())
        yield door


def test_the_sender_hears_which_of_its_documents_are_held(whole):
    answer = whole.http.get(ADDRESS, headers=whole.authorised(HEALTH_VISITING))
    (one,) = answer.json()["attachments"]
    assert (one["state"], one["mediaType"], one["size"]) == ("held", "application/pdf", len(PDF))
    assert "canary" not in answer.text


def test_nobody_else_hears_of_any(whole):
    answer = whole.http.get(ADDRESS, headers=whole.authorised(EARLY_HELP))
    assert answer.json() == {"attachments": []}


def test_the_scope_is_needed(door):
    headers = door.authorised("system/receipts.r")
    assert door.http.get(ADDRESS, headers=headers).status_code == 403
    headers = door.authorised("system/attachments.r")
    assert door.http.get(ADDRESS, headers=headers).json()["attachments"][0]["id"] == "a1"
