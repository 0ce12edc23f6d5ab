"""Delivery into a folder."""

import pytest
from releases import a_release

from gateway.errors import DeliveryError, UndeliverableError
from gateway.transport.folder import FolderTransport


@pytest.fixture
def transport(tmp_path):
    return FolderTransport(tmp_path / "out")


def names(tmp_path):
    return sorted(file.name for file in (tmp_path / "out").rglob("*") if file.is_file())


def test_a_payload_lies_beside_its_receipt(transport, tmp_path):
    transport.send(a_release(), "school/inbox")

    folder = tmp_path / "out/school/inbox"
    assert (folder / "m1.json").read_bytes() == b'{"view":1}'
    assert (folder / "m1.json.receipt.json").read_bytes() == b'{"receipt":1}'


def test_sending_twice_has_the_effect_of_sending_once(transport, tmp_path):
    first = transport.send(a_release(), "school")
    again = transport.send(a_release(), "school")

    assert first == again
    assert names(tmp_path) == ["m1.json", "m1.json.receipt.json"]


def test_another_payload_under_the_same_id_is_refused(transport, tmp_path):
    transport.send(a_release(), "school")

    with pytest.raises(UndeliverableError):
        transport.send(a_release(payload=b"other"), "school")
    assert (tmp_path / "out/school/m1.json").read_bytes() == b'{"view":1}'


def test_a_file_left_half_written_is_written_again(transport, tmp_path):
    (tmp_path / "out/school").mkdir(parents=True)
    (tmp_path / "out/school/.m1.json.part").write_bytes(b"{")

    transport.send(a_release(), "school")

    assert names(tmp_path) == ["m1.json", "m1.json.receipt.json"]


@pytest.mark.parametrize("address", ["../elsewhere", "/etc", "a/../../b", "", "."])
def test_a_folder_outside_the_deliveries_is_refused(transport, tmp_path, address):
    with pytest.raises(UndeliverableError):
        transport.send(a_release(), address)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("message_id", ["", "../m", "a/b", ".hidden", "a b", "é", "a" * 200])
def test_a_message_id_that_cannot_name_a_file_is_refused(transport, message_id):
    with pytest.raises(UndeliverableError):
        transport.send(a_release(message_id=message_id), "school")


def test_a_folder_that_cannot_be_written_is_tried_again_later(transport, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/school").write_text("a file in the way")

    with pytest.raises(DeliveryError) as failed:
        transport.send(a_release(), "school")
    assert not isinstance(failed.value, UndeliverableError)


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [
        ("application/fhir+json", "json"),
        ("application/fhir+xml", "xml"),
        ("x-application/hl7", "bin"),
    ],
)
def test_a_file_is_named_for_its_kind(transport, tmp_path, media_type, suffix):
    transport.send(a_release(media_type=media_type), "school")

    assert (tmp_path / f"out/school/m1.{suffix}").exists()
