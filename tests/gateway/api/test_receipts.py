"""Receipts by their address: one's own, and the same 404 for whatever else."""

import pytest

_SCOPE = "system/receipts.r"


def test_a_service_fetches_the_receipt_of_its_own_entry(door):
    answer = door.http.get("/api/v1/receipts/7", headers=door.authorised(_SCOPE))
    assert (answer.status_code, answer.content) == (200, b'{"v":1}')
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("entry", ["8", "007", "-1", "x", "9" * 5000, "\u0667"])
def test_another_entry_or_none_is_the_same_404(door, entry):
    headers = door.authorised(_SCOPE)
    unknown = door.http.get("/api/v1/receipts/99", headers=headers)
    answer = door.http.get(f"/api/v1/receipts/{entry}", headers=headers)
    assert answer.status_code == unknown.status_code == 404
    assert {**answer.json(), "instance": ""} == {**unknown.json(), "instance": ""}
    assert answer.headers.keys() == unknown.headers.keys()


def test_a_receipt_asks_for_its_own_scope(door):
    headers = door.authorised("system/children.r")
    assert door.http.get("/api/v1/receipts/7", headers=headers).status_code == 403
