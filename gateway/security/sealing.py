"""Sealing: how anything that says something about a child is kept.

    sealed = version (1 byte) || nonce (12 bytes) || AES-256-GCM ciphertext and tag

*version* 1 holds the plaintext, 2 its zstd frame. The version and the caller's *context* are
authenticated, so that sealed bytes moved to another row do not open.

Compression before encryption shows, in the length, how alike the parts of the plaintext are.
That is dangerous where an attacker can mix text of his own with a secret and watch the length
many times. So only a document that one party sent or gets whole is sealed with *compress*.
"""

import threading
from collections.abc import Callable
from typing import Final

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import SealError
from gateway.randomness import draw

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12  # 96 bits, NIST SP 800-38D, section 8.2.2
MAX_PLAINTEXT_BYTES: Final = 64 * 2**20

_PLAIN: Final = b"\x01"
_ZSTD: Final = b"\x02"
_HEAD_BYTES: Final = 1 + NONCE_BYTES

Random = Callable[[int], bytes]


# Most documents are some ten kilobytes. Tables that stay in the processor's nearest cache find all
# but two or three per cent of what the level's own would, in two thirds of the time.
_SMALL_TABLES: Final = zstandard.ZstdCompressionParameters.from_level(
    1, window_log=17, chain_log=12, hash_log=12
)


class _Codecs(threading.local):
    """A zstd compressor must not be used by two threads at once."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(compression_params=_SMALL_TABLES)
        self.decompressor = zstandard.ZstdDecompressor()


_codecs = _Codecs()


def seal(
    key: bytes,
    plaintext: bytes,
    context: bytes,
    *,
    compress: bool = False,
    random: Random = draw,
) -> bytes:
    """Return *plaintext* sealed under *key*, bound to *context*.

    >>> key = bytes(32)
    >>> open_sealed(key, seal(key, b"a statement", b"record 1"), b"record 1")
    b'a statement'
    >>> open_sealed(key, seal(key, b"a statement", b"record 1"), b"record 2")
    Traceback (most recent call last):
        ...
    gateway.errors.SealError: sealed bytes do not open under this key and context
    """
    version = _ZSTD if compress else _PLAIN
    if compress:
        plaintext = _codecs.compressor.compress(plaintext)
    nonce = random(NONCE_BYTES)
    return version + nonce + AESGCM(key).encrypt(nonce, plaintext, version + context)


def open_sealed(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Return what was sealed, or raise `SealError` under another key or context."""
    version, nonce = sealed[:1], sealed[1:_HEAD_BYTES]
    try:
        plaintext = AESGCM(key).decrypt(nonce, sealed[_HEAD_BYTES:], version + context)
        if version == _ZSTD:
            return _codecs.decompressor.decompress(plaintext, max_output_size=MAX_PLAINTEXT_BYTES)
    except (InvalidTag, ValueError, zstandard.ZstdError) as error:
        message = "sealed bytes do not open under this key and context"
        raise SealError(message) from error
    return plaintext
