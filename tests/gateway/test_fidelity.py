"""The account of a record: for its sender and for officers, and nobody else; never a value."""

import asyncio
import json

import pytest
from bars_messages import REFERRAL, payload_of
from big_files import a_ctf
from doors import a_door
from worlds import EARLY_HELP, HEALTH_VISITING, OFFICER, SCHOOL, TEACHER, a_world

from audit.events import EntryType
from audit.parts import Part
from gateway.erasing.erasure import Order as Erase
from gateway.errors import EntitlementError, RequestError
from gateway.fidelity import Account, Fidelity
from gateway.importing.importer import Importer, Order
from gateway.importing.records import BigFile
from gateway.searching.search import Reader
from mappings.fidelity import Fate

SIBLINGS = payload_of("siblings-in-one-message")


@pytest.fixture
def door(tmp_path):
    with a_door(tmp_path) as door:
        yield door


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def accounts(world):
    return Fidelity(world.gateway.office, world.gateway.exchange.adapters)


def of(accounts: Fidelity, entry: int, service: str = HEALTH_VISITING) -> Account | None:
    return asyncio.run(accounts.of_sender(entry, service))


def test_a_sender_fetches_the_account_of_its_record_and_nobody_else_learns_of_it(door):
    entry = door.world.take(payload_of(REFERRAL)).entry
    path = f"/api/v1/records/{entry}/fidelity"

    answer = door.http.get(path, headers=door.authorised(HEALTH_VISITING))

    (child,) = answer.json()["children"]
    assert child["counts"]["kept"] > 0
    assert sum(child["counts"].values()) == len(child["leaves"])
    assert "Posy" not in answer.text
    strangers = {
        door.http.get(path, headers=door.authorised(EARLY_HELP)).text.split('"instance"')[0],
        door.http.get(
            path.replace(str(entry), "99999"), headers=door.authorised(EARLY_HELP)
        ).text.split('"instance"')[0],
    }
    assert len(strangers) == 1
    assert door.http.get(path, headers=door.authorised(EARLY_HELP)).status_code == 404


def test_each_sibling_has_an_account_and_one_who_is_erased_none(world, accounts):
    taken = world.take(SIBLINGS)
    account = of(accounts, taken.entry)
    assert [one.entry for one in account.children] == [taken.entry, taken.entry + 1]

    world.gateway.eraser().erase(
        taken.children[0], Erase(authority="court", reason="order", by="ig")
    )

    assert of(accounts, taken.entry) is None
    (left,) = of(accounts, taken.entry + 1).children
    assert left == account.children[1]


def test_every_leaf_of_a_pupil_of_a_big_file_is_accounted_for(world, accounts, tmp_path):
    path = tmp_path / "big.xml"
    path.write_bytes(a_ctf(2))
    lines = []
    order = Order(file=BigFile.at(path), format="ctf", sender=SCHOOL, by="operator")
    importer = Importer(
        exchange=world.gateway.exchange, order=order, tell=lines.append, watch=lambda _: None
    )
    asyncio.run(importer.run())

    account = of(accounts, lines[1].entry, SCHOOL)

    (child,) = account.children
    assert child.entry == lines[1].entry
    assert account.adapter == "ctf"
    assert {leaf.fate for leaf in child.leaves} >= {Fate.KEPT, Fate.LOST}
    assert any(leaf.place.endswith("/Pupil[1]/Surname") for leaf in child.leaves)


def test_an_officer_looks_at_it_and_the_log_says_so(world, accounts):
    entry = world.take(payload_of(REFERRAL)).entry

    account = accounts.of_officer(entry, Reader(user=OFFICER, reason="a complaint"))

    assert account == of(accounts, entry)
    assert world.types()[-1] is EntryType.AUDIT_READ
    detail = world.gateway.office.details.detail(world.size - 1)
    said = detail.open(Part.GATEWAY).fields()
    assert (said["user"], said["query"]) == (OFFICER, [f"fidelity of entry {entry}"])
    assert said["justification"] == "a complaint"


def test_nobody_but_an_officer_looks_at_it(world, accounts):
    entry = world.take(payload_of(REFERRAL)).entry
    size = world.size

    for by in (TEACHER, "operator", ""):
        with pytest.raises(EntitlementError):
            accounts.of_officer(entry, Reader(user=by, reason="a complaint"))

    assert world.size == size


@pytest.mark.parametrize(("entry", "said"), [(0, "of the type"), (10**6, "there is no entry")])
def test_what_is_no_import_has_no_account(world, accounts, entry, said):
    assert of(accounts, entry) is None
    with pytest.raises(RequestError, match=said):
        accounts.of_officer(entry, Reader(user=OFFICER))
    assert json.dumps(world.types()[-1]) == '"audit-read"'
