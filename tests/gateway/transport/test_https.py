"""Delivery by HTTPS, to a real server on the loopback interface."""

import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from releases import a_release

from audit.receipts import from_header
from gateway.errors import DeliveryError, UndeliverableError
from gateway.transport.https import MAX_ANSWER_BYTES, HTTPSTransport


class Recipient(ThreadingHTTPServer):
    """A recipient's server: answers each path in its own way, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.received = []
        self.hang = threading.Event()

    def handle_error(self, request, client_address):
        """Say nothing of callers that give up, which is what these tests are about."""


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), body))
        if self.path == "/hang":
            self.server.hang.wait(10)
        status = int(self.path[1:]) if self.path[1:].isdigit() else 202
        answer = b"x" * (MAX_ANSWER_BYTES + 1) if self.path == "/long" else b"thank you"
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/202")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: object):
        """Keep the test's output clean."""


def a_certificate(folder):
    """Return the files of a new key and its certificate for the loopback address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "recipient.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return a_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def recipient(certificate):
    key_file, certificate_file = certificate
    server = Recipient()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.hang.set()
    server.shutdown()
    thread.join()
    server.server_close()


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
