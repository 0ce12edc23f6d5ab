"""Delivery by HTTPS, to a real server on the loopback interface."""

import ssl
import time
from hashlib import sha256

import pytest
from recipients import a_certificate, a_recipient
from releases import a_release

from audit.receipts import from_header
from gateway.errors import DeliveryError, SettingsError, UndeliverableError
from gateway.transport.https import HTTPSTransport, trusting


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return a_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def recipient(certificate):
    with a_recipient(certificate) as server:
        yield server


@pytest.fixture
def transport(recipient, certificate):
    transport = HTTPSTransport(
        frozenset({f"127.0.0.1:{recipient.server_port}"}),
        "https://gateway.example/log/receipts/{}".format,
        seconds=0.5,
        context=ssl.create_default_context(cafile=certificate[1]),
    )
    yield transport
    transport.close()


@pytest.fixture
def address(recipient):
    return f"https://127.0.0.1:{recipient.server_port}"


def test_a_payload_is_posted_with_its_id_and_receipt(transport, recipient, address):
    answer = transport.send(a_release(), f"{address}/inbox")

    assert (answer.status, answer.sha256) == ("202", sha256(b"thank you").digest())
    ((path, headers, body),) = recipient.received
    assert (path, body) == ("/inbox", b'{"view":1}')
    assert headers["Content-Type"] == "application/json"
    assert headers["CAF-Message-Id"] == "m1"
    assert from_header(headers["CAF-Receipt"]) == b'{"receipt":1}'


def test_a_long_receipt_travels_by_its_address(transport, recipient, address):
    transport.send(a_release(receipt=b"r" * 4000), f"{address}/inbox")

    _, headers, _ = recipient.received[0]
    assert "CAF-Receipt" not in headers
    assert headers["CAF-Receipt-Location"] == "https://gateway.example/log/receipts/7"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(transport, recipient, address, status):
    with pytest.raises(DeliveryError):
        transport.send(a_release(), f"{address}/{status}")
    assert len(recipient.received) == 1


@pytest.mark.parametrize("status", [500, 503, 401, 404, 429])
def test_what_may_pass_is_tried_again(transport, address, status):
    with pytest.raises(DeliveryError) as failed:
        transport.send(a_release(), f"{address}/{status}")
    assert not isinstance(failed.value, UndeliverableError)


@pytest.mark.parametrize("status", [400, 410, 413, 415, 422])
def test_what_will_not_change_is_not_tried_again(transport, address, status):
    with pytest.raises(UndeliverableError):
        transport.send(a_release(), f"{address}/{status}")


def test_a_recipient_that_hangs_is_left_in_time(transport, address):
    begun = time.monotonic()
    with pytest.raises(DeliveryError, match="Timeout"):
        transport.send(a_release(), f"{address}/hang")
    assert time.monotonic() - begun < 5


def test_an_answer_without_end_is_not_an_acknowledgement(transport, address):
    with pytest.raises(DeliveryError, match="too long"):
        transport.send(a_release(), f"{address}/long")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/inbox",
        "https://elsewhere.example/inbox",
        "https://127.0.0.1/inbox",
        "https://user:password@127.0.0.1/inbox",
        "file:///etc/passwd",
        "not an address",
        "",
        "https://[",
    ],
)
def test_an_address_that_is_not_configured_is_refused(transport, recipient, address):
    with pytest.raises(UndeliverableError):
        transport.send(a_release(), address)
    assert recipient.received == []


def test_a_server_that_does_not_prove_its_name_is_not_sent_anything(recipient, address):
    transport = HTTPSTransport(frozenset({f"127.0.0.1:{recipient.server_port}"}), str, seconds=0.5)
    with pytest.raises(DeliveryError):
        transport.send(a_release(), f"{address}/inbox")
    transport.close()
    assert recipient.received == []


def test_a_recipient_that_is_not_there_is_tried_again(recipient, certificate):
    port = recipient.server_port
    recipient.shutdown()
    recipient.server_close()
    transport = HTTPSTransport(
        frozenset({f"127.0.0.1:{port}"}),
        str,
        seconds=0.5,
        context=ssl.create_default_context(cafile=certificate[1]),
    )
    with pytest.raises(DeliveryError, match="ConnectError"):
        transport.send(a_release(), f"https://127.0.0.1:{port}/inbox")
    transport.close()


def test_a_file_of_authorities_is_trusted_in_place_of_the_systems(recipient, address, certificate):
    transport = HTTPSTransport(
        frozenset({f"127.0.0.1:{recipient.server_port}"}), str, context=trusting(certificate[1])
    )
    assert transport.send(a_release(), f"{address}/inbox").status == "202"
    transport.close()


def test_a_file_without_authorities_is_a_wrong_setting(tmp_path):
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for file in (empty, tmp_path / "none.pem"):
        with pytest.raises(SettingsError, match="ca_file"):
            trusting(file)
