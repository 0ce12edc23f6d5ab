"""Anchoring: an authority puts its time to a checkpoint of the log (RFC 3161), and that is logged.

Beside witnesses, or where none can be reached: whoever trusts the authority knows that the log had
these entries by then. The token is over the checkpoint's own text, so that anybody with the
authority's certificates verifies it: `openssl ts -verify -in token -data checkpoint`.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx2
from cryptography import x509
from rfc3161_client import (
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.errors import GatewayError, SettingsError, TimeStampError
from gateway.observability import Event, log
from gateway.ports import Ports
from gateway.storage.committer import Committer
from gateway.storage.unit import Unit
from gateway.witnessing.sections import Anchor

_MAX_ANSWER_BYTES: Final = 64 * 1024
_MEDIA_TYPE: Final = "application/timestamp-query"


@dataclass(frozen=True, slots=True)
class Stamp:
    """That the *authority* saw a checkpoint *at* this time; *token* is its whole answer (DER)."""

    token: bytes
    at: datetime
    authority: str


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamping authority, by its *certificates* and those that vouch for them."""

    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def read(cls, file: Path) -> "Authority":
        """Return the authority of a *file* of certificates (PEM), or raise `SettingsError`."""
        try:
            return cls(tuple(x509.load_pem_x509_certificates(file.read_bytes())))
        except (OSError, ValueError) as error:
            message = "`anchor.certificates` is not a file of certificates (PEM)"
            raise SettingsError(message) from error

    def verify(self, checkpoint: Checkpoint, token: bytes, nonce: int | None = None) -> Stamp:
        """Return what *token* says of *checkpoint*, or raise `TimeStampError`.

        Certificates need to have been valid at the token's time, not now.
        """
        try:
            answer = decode_timestamp_response(token)
            verifier = VerifierBuilder(roots=list(self.certificates), nonce=nonce).build()
            verifier.verify_message(answer, checkpoint.encode().encode())
        except (ValueError, VerificationError) as error:
            message = "the token is not the authority's time-stamp of this checkpoint"
            raise TimeStampError(message) from error
        said = answer.tst_info
        at = said.gen_time
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return Stamp(token, at, self._name)

    @property
    def _name(self) -> str:
        return self.certificates[0].subject.rfc4514_string()


class TimeStampClient:
    """Asks the authority at *url* for its time."""

    def __init__(self, url: str, authority: Authority, *, seconds: float) -> None:
        self._url = url
        self._authority = authority
        self._http = httpx2.Client(timeout=seconds, follow_redirects=False, trust_env=False)

    def stamp(self, checkpoint: Checkpoint) -> Stamp:
        """Return the authority's stamp of *checkpoint*, verified, or raise `TimeStampError`."""
        request = TimestampRequestBuilder().data(checkpoint.encode().encode()).build()
        headers = {"Content-Type": _MEDIA_TYPE}
        try:
            with self._http.stream(
                "POST", self._url, content=request.as_bytes(), headers=headers
            ) as response:
                token = _bounded(response)
        except httpx2.HTTPError as error:
            message = f"the time-stamping authority could not be reached: `{type(error).__name__}`"
            raise TimeStampError(message) from None
        return self._authority.verify(checkpoint, token, request.nonce)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def _bounded(response: httpx2.Response) -> bytes:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _MAX_ANSWER_BYTES:
            break
    if response.status_code != HTTPStatus.OK or len(body) > _MAX_ANSWER_BYTES:
        message = "the time-stamping authority gave no time-stamp"
        raise TimeStampError(message)
    return body


@dataclass(slots=True)
class Anchoring:
    """Has the log stamped by *client*, *every* so often, and records each stamp in it."""

    client: TimeStampClient
    committer: Committer
    ports: Ports
    every: timedelta
    _due_at: datetime | None = field(default=None, init=False)
    _anchored: tuple[int, int] = field(default=(0, 0), init=False)

    def see_to(self) -> None:
        """Anchor the log if it is due and has grown; where that fails, it is due still."""
        now = self.ports.now()
        if self._due_at is not None and now < self._due_at:
            return
        try:
            self.anchor()
        except GatewayError as error:
            log(Event.ANCHOR_MISSED, cause=type(error).__name__)
        else:
            self._due_at = now + self.every

    def anchor(self) -> None:
        """Have the newest checkpoint stamped, and record that.

        A log that has no entry but that of its last anchor is not anchored again. Raises
        `TimeStampError` where there is no stamp.
        """
        audited = self.committer.log
        published = audited.refresh()
        checkpoint = open_checkpoint(published.note, audited.verifiers)
        if published.place == self._anchored:
            return
        committed = self.committer.commit(
            _unit(checkpoint, self.client.stamp(checkpoint), self.ports)
        )
        shard = committed.published.shard
        self._anchored = shard.number, committed.indices[0] + 1 - shard.base
        log(Event.ANCHORED, size=checkpoint.size, entry=committed.indices[0])


def _unit(checkpoint: Checkpoint, stamp: Stamp, ports: Ports) -> Unit:
    fields: entries.Fields = {
        "size": checkpoint.size,
        "root": b64encode(checkpoint.root).decode(),
        "token": b64encode(stamp.token).decode(),
        "stamped_at": stamp.at.isoformat(),
        "time_stamp_authority": stamp.authority,
    }
    entry = entries.entry(EntryType.ANCHOR, {Part.GATEWAY: fields}, ports.random)
    return Unit(entries=[entry])


def authority_of(settings: Anchor, home: Path) -> Authority | None:
    """Return the authority that *settings* name, if any; its file is below *home*.

    Raises `SettingsError` where the certificates cannot be read.
    """
    return None if settings.certificates is None else Authority.read(home / settings.certificates)


def anchoring(settings: Anchor, home: Path, committer: Committer, ports: Ports) -> Anchoring | None:
    """Return what anchors the log as *settings* say, None where they name no authority.

    Raises `SettingsError` where the certificates cannot be read.
    """
    authority = authority_of(settings, home)
    if settings.url is None or authority is None:
        return None
    client = TimeStampClient(str(settings.url), authority, seconds=settings.answer_seconds)
    return Anchoring(client, committer, ports, timedelta(seconds=settings.every_seconds))
