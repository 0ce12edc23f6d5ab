"""A time-stamping authority for tests: `openssl ts`, behind a server on the loopback interface."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CONFIGURATION = """\
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256, sha512
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority(HTTPServer):
    """The authority, with its files in *folder*; *answers* replaces what it answers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.folder = folder
        self.certificates = folder / "certificates.pem"
        self.answers = None
        _make(folder)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def stamp(self, query: bytes) -> bytes:
        """Return the time-stamp for a request (DER)."""
        asked, given = self.folder / "query", self.folder / "answer"
        asked.write_bytes(query)
        subprocess.run(
            [
                *("openssl", "ts", "-reply", "-section", "ours"),
                *("-config", self.folder / "tsa.cnf"),
                *("-signer", self.folder / "tsa.pem", "-inkey", self.folder / "tsa.key"),
                *("-queryfile", asked, "-out", given),
            ],
            check=True,
            capture_output=True,
        )
        return given.read_bytes()


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        body = self.server.stamp(query) if self.server.answers is None else self.server.answers
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object):
        """Keep the test's output clean."""


def _make(folder: Path) -> None:
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("root.example", root_key, "root.example", root_key, is_root=True)
    own = _certificate("tsa.example", key, "root.example", root_key, is_root=False)
    pem = serialization.Encoding.PEM
    (folder / "certificates.pem").write_bytes(own.public_bytes(pem) + root.public_bytes(pem))
    (folder / "tsa.pem").write_bytes(own.public_bytes(pem))
    (folder / "tsa.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "tsa.cnf").write_text(_CONFIGURATION.format(folder=folder))
    (folder / "serial").write_text("01\n")


def _certificate(name, key, issuer, issuer_key, *, is_root):
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
    )
    if not is_root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


@contextmanager
def an_authority(folder: Path) -> Iterator[Authority]:
    """Run an authority for as long as the block lasts."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    server = Authority(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
