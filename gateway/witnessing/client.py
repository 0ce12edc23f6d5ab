"""One witness over HTTP (C2SP tlog-witness): a checkpoint there, a cosignature back.

    POST <url>/add-checkpoint                 old size, consistency proof, checkpoint
    GET  <url>/<SHA-256 of the origin>/checkpoint   what it cosigned last, where it shows that

What a witness answers is never believed: a cosignature is verified with its key, and a claim to
know more of our log than we do counts once it shows our own signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final, TypeAlias

import httpx2

from audit.canonical import decode_decimal
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.cosignature import add_cosignatures
from audit.errors import AuditError, EncodingError
from audit.note import MAX_NOTE_BYTES, VerifierKey
from audit.witness import PATH, SIZE_TYPE, encode_request
from gateway.storage.published import Published

_MAX_ANSWER_BYTES: Final = MAX_NOTE_BYTES
_TRIES: Final = 3
"""Another node may bring the witness on between our learning its size and our using it."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness cosigned: *lines* go below the checkpoint's own signatures."""

    lines: bytes


@dataclass(frozen=True, slots=True)
class Ahead:
    """The witness says that it knows the log at this larger *size*."""

    size: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The witness will not cosign; *status* is its HTTP status."""

    status: int


@dataclass(frozen=True, slots=True)
class Silent:
    """The witness could not be reached, or its answer is none; *cause* is a name of ours."""

    cause: str


Answer: TypeAlias = Cosigned | Ahead | Refused | Silent


class WitnessClient:
    """Asks the witness at *url*, whose *keys* have one name; for one thread at a time.

    *seconds* is how long connecting, and each read and write, may take.
    """

    def __init__(self, keys: Sequence[VerifierKey], url: str, *, seconds: float) -> None:
        self.name = keys[0].name
        self._keys = tuple(keys)
        self._url = url.rstrip("/")
        self._sizes: dict[str, int] = {}  # asked with nothing known, it says what it knows
        self._http = httpx2.Client(
            timeout=seconds,
            follow_redirects=False,
            trust_env=False,
            limits=httpx2.Limits(max_connections=1, max_keepalive_connections=1),
        )

    def ask(self, published: Published) -> Answer:
        """Return what the witness answers to the checkpoint of *published*."""
        origin = published.shard.origin
        if self._sizes.get(origin, 0) > published.size:
            self._sizes[origin] = 0
        try:
            for _ in range(_TRIES):
                status, kind, body = self._post(published)
                if status == HTTPStatus.OK:
                    return self._cosigned(published, body)
                if status != HTTPStatus.CONFLICT:
                    return _other(status)
                size = _size(kind, body)
                if size is None or size == self._sizes.get(origin, 0):
                    return Refused(status)
                if size > published.size:
                    return Ahead(size)
                self._sizes[origin] = size
        except (httpx2.HTTPError, _TooLongError) as error:
            return Silent(type(error).__name__)
        return Silent("MovingTarget")

    def latest(self, origin: str, keys: Sequence[VerifierKey]) -> Checkpoint | None:
        """Return what the witness shows of the log *origin*, if the log's own *keys* signed it."""
        address = f"{self._url}/{sha256(origin.encode()).hexdigest()}/checkpoint"
        try:
            status, _, body = self._exchange("GET", address, b"")
            checkpoint = open_checkpoint(body, keys) if status == HTTPStatus.OK else None
        except (httpx2.HTTPError, _TooLongError, AuditError):
            return None
        return checkpoint if checkpoint is not None and checkpoint.origin == origin else None

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _post(self, published: Published) -> tuple[int, str, bytes]:
        known = self._sizes.get(published.shard.origin, 0)
        request = encode_request(known, published.growth_from(known), published.note)
        return self._exchange("POST", f"{self._url}{PATH}", request)

    def _cosigned(self, published: Published, body: bytes) -> Answer:
        try:
            note = add_cosignatures(published.note, body, self._keys)
        except AuditError as error:
            return Silent(type(error).__name__)
        self._sizes[published.shard.origin] = published.size
        return Cosigned(note[len(published.note) :])

    def _exchange(self, method: str, address: str, content: bytes) -> tuple[int, str, bytes]:
        with self._http.stream(method, address, content=content) as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_ANSWER_BYTES:
                    raise _TooLongError
            kind = response.headers.get("content-type", "")
            return response.status_code, kind.partition(";")[0].strip(), body


class _TooLongError(Exception):
    """The answer is longer than any that the protocol knows."""


def _other(status: int) -> Answer:
    """Return what it means that the witness answered neither yes nor with a size.

    What is asked amiss stays so; what ails a server passes.
    """
    is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    is_passing = status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    return Refused(status) if is_refusal and not is_passing else Silent(f"HTTP{status}")


def _size(kind: str, body: bytes) -> int | None:
    """Return the size that the body of a 409 states, or None where it states none."""
    try:
        return decode_decimal(body.decode().removesuffix("\n")) if kind == SIZE_TYPE else None
    except (EncodingError, UnicodeDecodeError):
        return None
