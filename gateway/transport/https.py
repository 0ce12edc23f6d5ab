"""Delivery by HTTPS: one POST, to hosts that are configured and to nobody else.

    CAF-Message-Id        the same each time that the payload is sent
    CAF-Receipt           the receipt, base64url, where it is short enough for a header
    CAF-Receipt-Location  where to fetch it otherwise

Any 2xx answer acknowledges. A redirect is never followed: it would lead a child's record to
where the log does not say that it went.
"""

import ssl
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx2

from audit.receipts import MAX_HEADER_BYTES, to_header
from gateway.errors import DeliveryError, SettingsError, UndeliverableError
from gateway.transport.contract import Acknowledgement, Released

MAX_ANSWER_BYTES: Final = 64 * 1024

_WILL_NOT_CHANGE: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.GONE,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


class HTTPSTransport:
    """Hands over payloads by HTTPS to the *hosts* (`host` or `host:port`) that are configured.

    *receipt_location* gives the address at which the receipt of an entry can be fetched;
    *seconds* is how long connecting, and each read and write, may take.
    """

    def __init__(
        self,
        hosts: frozenset[str],
        receipt_location: Callable[[int], str],
        *,
        seconds: float = 10.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._hosts = hosts
        self._receipt_location = receipt_location
        self._client = httpx2.Client(
            verify=context or ssl.create_default_context(),
            timeout=seconds,
            follow_redirects=False,
            trust_env=False,  # no proxy that the environment names sees a child's record
        )

    def send(self, released: Released, address: str) -> Acknowledgement:
        """Post the payload to *address*; see `Transport.send`."""
        self._require_configured(address)
        try:
            with self._client.stream(
                "POST", address, content=released.payload, headers=self._headers(released)
            ) as response:
                status, body = response.status_code, _bounded(response)
        except httpx2.HTTPError as error:
            message = f"the recipient could not be reached: `{type(error).__name__}`"
            raise DeliveryError(message) from None
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return Acknowledgement(str(status), sha256(body).digest())
        kind = UndeliverableError if status in _WILL_NOT_CHANGE else DeliveryError
        message = f"the recipient answered `{status}`"
        raise kind(message)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _require_configured(self, address: str) -> None:
        try:
            url = httpx2.URL(address)
        except httpx2.InvalidURL:
            url = httpx2.URL("")
        host = url.host if url.port is None else f"{url.host}:{url.port}"
        if url.scheme != "https" or url.userinfo or host not in self._hosts:
            message = "the recipient's address is not HTTPS to a configured host"
            raise UndeliverableError(message)

    def _headers(self, released: Released) -> dict[str, str]:
        headers = {
            "Content-Type": released.media_type,
            "CAF-Message-Id": released.message_id,
        }
        receipt = to_header(released.receipt)
        if len(receipt) <= MAX_HEADER_BYTES:
            return headers | {"CAF-Receipt": receipt}
        return headers | {"CAF-Receipt-Location": self._receipt_location(released.verified.index)}


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts the authorities in *ca_file* (PEM) alone, or the system's.

    Raises `SettingsError` where the file holds none.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        message = "`delivery.ca_file` is not a file of certificates (PEM)"
        raise SettingsError(message) from error


def _bounded(response: httpx2.Response) -> bytes:
    """Return the answer's body, as much of it as an acknowledgement may have."""
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            message = "the recipient's answer is too long for an acknowledgement"
            raise DeliveryError(message)
    return body
