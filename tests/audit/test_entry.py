"""Details in parts: each party's part can be opened alone, and shows nothing of the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.entry import Detail, encode_part, seal, subject_tag
from audit.errors import AuditError, EncodingError, EntryError
from audit.events import EntryType
from audit.parts import MAX_PART_BYTES, Opening, Part
from tests.audit.builders import a_detail, stream

CANARY = "parents.alcohol-canary"
contents = st.dictionaries(st.sampled_from(Part), st.binary(max_size=200))


@given(contents, st.binary(min_size=1))
def test_every_part_that_is_there_opens_to_the_commitment(parts, seed):
    detail = seal(parts, stream(seed))

    for part, content in parts.items():
        opening = detail.open(part)
        assert opening.content == content
        assert opening.commit() == detail.commit


@given(contents, st.binary(min_size=1))
def test_a_detail_leads_back(parts, seed):
    detail = seal(parts, stream(seed))

    assert Detail.decode(detail.encode()) == detail


@given(st.data())
def test_a_stored_detail_with_a_flipped_bit_is_another_or_none(data):
    detail = a_detail()
    flipped = bytearray(detail.encode())
    bit = data.draw(st.integers(0, 8 * len(flipped) - 1))
    flipped[bit // 8] ^= 1 << bit % 8

    try:
        commit = Detail.decode(bytes(flipped)).commit
    except EntryError:
        return
    assert commit != detail.commit


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x02" + bytes(108), a_detail().encode() + b"x"])
def test_a_malformed_detail_is_refused(data):
    with pytest.raises(EntryError, match="malformed"):
        Detail.decode(data)


def test_opening_the_recipient_s_part_shows_nothing_that_was_withheld():
    opening = a_detail(withheld=(CANARY,)).open(Part.RECIPIENT)

    shown = repr(opening).encode() + opening.content + b"".join(opening.others)
    assert CANARY.encode() not in shown
    assert b"withheld" not in shown


def test_entries_that_differ_in_what_was_withheld_open_to_the_same_shape():
    much = a_detail(withheld=(CANARY, "family.history", "carers.warmth")).open(Part.RECIPIENT)
    nothing = a_detail(withheld=()).open(Part.RECIPIENT)

    assert (much.content, much.salt) == (nothing.content, nothing.salt)
    assert [len(other) for other in much.others] == [len(other) for other in nothing.others]
    assert much.others != nothing.others


def test_an_absent_part_looks_like_one_that_is_there():
    there = seal({Part.RECIPIENT: b"{}", Part.SENDER: b"{}"}, stream(b"x")).open(Part.RECIPIENT)
    absent = seal({Part.RECIPIENT: b"{}"}, stream(b"x")).open(Part.RECIPIENT)

    assert [len(other) for other in there.others] == [len(other) for other in absent.others]
    assert there.members().keys() == absent.members().keys()


def test_an_absent_part_s_commitment_cannot_be_recognised():
    some = [seal({}, stream(b"%d" % number)).commitments for number in range(9)]

    assert len({commitment for commitments in some for commitment in commitments}) == 9 * len(Part)


def test_the_same_content_is_never_committed_to_twice_alike():
    one, other = (seal({Part.SENDER: b"{}"}, stream(seed)) for seed in (b"1", b"2"))

    assert one.commitments[1] != other.commitments[1]


def test_a_part_that_is_not_there_does_not_open():
    with pytest.raises(EntryError, match="no part for the sender"):
        seal({}, stream(b"x")).open(Part.SENDER)


def test_an_opening_passed_off_as_another_party_s_does_not_fit():
    detail = a_detail()
    opening = detail.open(Part.SENDER)
    passed_off = Opening(Part.GATEWAY, opening.salt, opening.content, opening.others)

    assert passed_off.commit() != detail.commit


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"part": "stranger"}, id="a party that no entry has"),
        pytest.param({"part": ["sender"]}, id="a party that is no text"),
        pytest.param({"content": 1}, id="a content that is no text"),
        pytest.param({"salt": "00"}, id="a short salt"),
        pytest.param({"salt": 0}, id="a salt that is no text"),
        pytest.param({"others": ["00" * 32]}, id="one commitment too few"),
        pytest.param({"others": ["00" * 31] * 2}, id="short commitments"),
        pytest.param({"others": "00"}, id="commitments that are no list"),
        pytest.param({"more": 1}, id="a member more"),
    ],
)
def test_an_opening_is_not_read_with(changes):
    members = a_detail().open(Part.SENDER).members()

    with pytest.raises(AuditError):
        Opening.from_members(members | changes)


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"a": 1}'])
def test_a_content_that_is_no_canonical_object_has_no_fields(content):
    with pytest.raises(AuditError):
        Opening(Part.SENDER, bytes(32), content, (bytes(32), bytes(32))).fields()


def test_a_part_with_a_field_that_the_catalogue_does_not_know_is_not_written():
    fields = {"recipient": "x", "payload_sha256": "y", "withheld": ["z"]}

    with pytest.raises(EntryError, match="does not have these fields"):
        encode_part(EntryType.DISCLOSURE, Part.RECIPIENT, fields)


def test_a_part_with_a_null_is_not_written():
    with pytest.raises(EncodingError):
        encode_part(EntryType.LOG_START, Part.GATEWAY, {"origin": None})


def test_a_part_that_is_too_long_is_not_written():
    with pytest.raises(EntryError, match="longer than"):
        encode_part(EntryType.LOG_START, Part.GATEWAY, {"origin": "x" * MAX_PART_BYTES})


def test_tags_of_one_child_are_alike_only_to_who_has_the_key():
    one, other = (subject_tag(b"key", nonce) for nonce in (bytes(16), bytes([1] * 16)))

    assert one != other
    assert len(bytes.fromhex(one)) == 16
