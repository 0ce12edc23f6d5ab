"""Nothing is sent that the log does not prove (invariant 2), in a gateway as it is composed.

Somebody here has the database and its password; the keys are not theirs, unless a test says so.
"""

import pytest
from bars_messages import payload_of
from worlds import CHARITY, EARLY_HELP, SCHOOL, SERVICES, Kind, a_home_on, a_world

from audit.events import EntryType
from gateway.delivery import Fate
from gateway.storage.outbox import Delivery

REFERRAL = payload_of("health-visitor-to-early-help")

pytestmark = pytest.mark.parametrize("kind", Kind)


def take(world):
    world.take(REFERRAL)


@pytest.fixture
def world(tmp_path, kind):
    """Return a gateway in which something waits to be sent, to early help and to the school."""
    with a_home_on(kind, tmp_path, take), a_world(tmp_path) as world:
        yield world


def send_everything(world):
    fates = world.dispatch()
    world.clock.advance(days=30)
    return fates + world.dispatch()


def was_sent_to(world):
    return {service for service in SERVICES if world.delivered(service)}


def test_what_the_exchange_queued_is_sent(world):
    assert send_everything(world)[Fate.DELIVERED] == 2
    assert was_sent_to(world) == {EARLY_HELP, SCHOOL}


def test_a_row_that_was_inserted_by_hand_is_never_sent_and_a_person_is_asked(world):
    world.by_hand(
        "INSERT INTO outbox SELECT 'x', message_id || 'x', :to, child_id, sealed, payload_sha256,"
        " media_type, leaf, 'pending', 1, 0, 0, 0, sealed_stamps, sealed_context, sealed_content,"
        " NULL, NULL"
        " FROM outbox WHERE recipient = :of",
        to=CHARITY,
        of=EARLY_HELP,
    )

    assert send_everything(world)[Fate.REFUSED] == 1
    assert CHARITY not in was_sent_to(world)
    assert EntryType.DELIVERY_FAILED in world.types()
    assert [task.row.kind for task in world.gateway.office.archive.open_tasks()].count(
        "not-delivered"
    ) == 1


def test_a_row_for_a_refused_recipient_is_not_sent_even_under_its_refusal(world):
    refusal = world.types().index(EntryType.REFUSAL)
    world.by_hand("UPDATE outbox SET leaf = :leaf, recipient = :to", leaf=refusal, to=CHARITY)

    assert send_everything(world).keys() == {Fate.REFUSED}
    assert was_sent_to(world) == set()


def test_a_row_that_is_sent_to_another_recipient_is_refused(world):
    world.by_hand("UPDATE outbox SET recipient = :to", to=SCHOOL)

    assert send_everything(world)[Fate.REFUSED] == 1
    assert was_sent_to(world) == {SCHOOL}


@pytest.mark.parametrize(
    "change",
    [
        "sealed = :junk",
        "sealed = (SELECT sealed FROM outbox AS other WHERE other.id <> outbox.id)",
        "media_type = 'text/html'",
        "message_id = 'another'",
        "leaf = leaf + 1",
        "child_id = 'nobody'",
        "sealed_stamps = :junk",
    ],
)
def test_a_row_that_was_edited_is_refused(world, change):
    world.by_hand(f"UPDATE outbox SET {change} WHERE recipient = :one", one=SCHOOL, junk=b"\0")  # noqa: S608 - from the list above

    fates = send_everything(world)

    assert (fates[Fate.REFUSED], fates[Fate.DELIVERED]) == (1, 1)
    assert was_sent_to(world) == {EARLY_HELP}


def test_another_payload_is_refused_even_where_it_was_sealed_with_the_childs_key(world):
    (id_, child), *_ = world.rows(
        f"SELECT id, child_id FROM outbox WHERE recipient = '{SCHOOL}'"  # noqa: S608 - a constant
    )
    vault = world.gateway.office.archive.store.vault
    delivery = Delivery(
        id=id_,
        message_id="m",
        recipient=SCHOOL,
        child_id=child,
        payload=b'{"format":"early-help/1"}',
        media_type="application/json",
        created_at=world.clock.now(),
        stamps=(),
        context=b"",
    )
    forged = delivery.write(vault, 0).row["sealed"]
    world.by_hand("UPDATE outbox SET sealed = :forged WHERE id = :id", forged=forged, id=id_)

    assert send_everything(world)[Fate.REFUSED] == 1
    assert SCHOOL not in was_sent_to(world)


def test_a_gateway_that_was_opened_anew_refuses_just_the_same(world, tmp_path):
    world.by_hand("UPDATE outbox SET recipient = :to", to=CHARITY)
    with a_world(tmp_path) as again:
        again.clock.advance(hours=1)
        assert again.dispatch().keys() == {Fate.REFUSED}
        assert was_sent_to(again) == set()
