"""Hostile input: what somebody sends who means harm, or whose software is broken.

Each attack is small on the wire. An adapter refuses it, or reads it for what it is, within the
time and memory that `adapters.testing.ordeal` gives it.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Final

_DEEP: Final = 20_000
_MANY: Final = 200_000
_GIGABYTE: Final = 2**30


def attacks(media_type: str, example: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the attacks on a reader of *media_type*, by name; *example* is a record it reads.

    >>> [name for name, _ in attacks("text/csv", b"a,b")][:3]
    ['nothing', 'half a record', 'one byte of it']
    """
    yield "nothing", b""
    yield "half a record", example[: len(example) // 2]
    yield "one byte of it", example[:1]
    yield "null bytes", b"\0" * 1024
    yield "a null byte in it", example[: len(example) // 2] + b"\0" + example[len(example) // 2 :]
    yield "no encoding at all", bytes(range(256)) * 16
    yield "a byte that is no UTF-8", example.replace(b"a", b"\xff", 1)
    yield "UTF-16 without a word of it", example.decode("utf-8", "replace").encode("utf-16-le")
    yield "a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 512
    if "xml" in media_type:
        yield from _xml(example)
    if "json" in media_type:
        yield from _json(example)
    if "csv" in media_type:
        yield from _csv(example)
    if "hl7" in media_type:
        yield from _hl7(example)
    if "zip" in media_type:
        yield "a zip bomb", _zip_bomb()
        yield "a way out of the archive", _zip("../../outside.csv", b"a,b\n1,2\n")


def _xml(example: bytes) -> Iterator[tuple[str, bytes]]:
    root = _root(example)
    yield "an external entity", _typed(b'<!ENTITY x SYSTEM "file:///etc/passwd">', root)
    yield "an external document type", b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">' + b"<a/>"
    laughs = b"".join(
        b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, 10)
    )
    yield "a billion laughs", _typed(b'<!ENTITY l0 "ha">' + laughs + b'<!ENTITY x "&l9;">', root)
    big = b'<!ENTITY big "' + b"x" * 50_000 + b'"><!ENTITY x "' + b"&big;" * 20_000 + b'">'
    yield "quadratic blowup", _typed(big, root)
    yield "deep nesting", b"<a>" * _DEEP + b"</a>" * _DEEP
    yield "deep nesting below its root", b"<%s>" % root + b"<a>" * _DEEP
    yield "many elements", b"<%s>" % root + b"<a/>" * _MANY + b"</%s>" % root
    attributes = b"".join(b' a%d="1"' % number for number in range(20_000))
    yield "many attributes", b"<%s%s/>" % (root, attributes)
    yield "an encoding of nobody's", b'<?xml version="1.0" encoding="x-none"?><%s/>' % root
    yield "a huge number", b"<%s><a>%s</a></%s>" % (root, b"9" * _MANY, root)


def _typed(declared: bytes, root: bytes) -> bytes:
    return b"<!DOCTYPE %s [%s]><%s>&x;</%s>" % (root, declared, root, root)


def _root(example: bytes) -> bytes:
    """Return the name of the root of *example*, near enough."""
    found = [
        one.split()[0].rstrip(b"/>")
        for one in example.split(b"<")[1:]
        if one[:1].isalpha() and one.split()
    ]
    return found[0].partition(b">")[0] if found else b"a"


def _json(example: bytes) -> Iterator[tuple[str, bytes]]:
    body = example.strip().removesuffix(b"}")
    yield "deep nesting", b"[" * _DEEP + b"]" * _DEEP
    yield "deep nesting that never ends", b'{"a":' * _DEEP
    yield "deep nesting in a record", body + b',"a":' + b"[" * _DEEP + b"]" * _DEEP + b"}"
    yield "a huge number", body + b',"a":' + b"9" * _MANY + b"}"
    yield "a huge exponent", body + b',"a":1e999999999}'
    yield "no number", body + b',"a":NaN}'
    yield "a name twice", body + b',"a":1,"a":2}'
    yield "half a character", body + b',"a":"\\ud800"}'
    yield "a byte order mark", b"\xef\xbb\xbf" + example
    yield "many members", b"{" + b",".join(b'"a%d":1' % one for one in range(50_000)) + b"}"
    yield "a list", b"[1]"
    yield "nothing but null", b"null"


def _csv(example: bytes) -> Iterator[tuple[str, bytes]]:
    head = example.splitlines()[0] if example else b"a"
    yield "a quotation that never ends", head + b'\n"' + b"x" * _MANY
    yield "many cells", head + b"\n" + b"," * _MANY
    yield "many rows", head + b"\n" + b"x\n" * _MANY
    yield "a huge cell", head + b"\n" + b"x" * _MANY * 10
    yield "the titles alone", head + b"\r\n"
    yield "a title twice", head + b"," + head + b"\n"


def _hl7(example: bytes) -> Iterator[tuple[str, bytes]]:
    head = example.split(b"\r")[0]
    yield "delimiters of nobody's", b"MSH" + b"|" * 5
    yield "many segments", head + b"\rZZZ|1" * _MANY
    yield "many repetitions", head + b"\rPID|||" + b"~" * _MANY
    yield "many components", head + b"\rPID|||" + b"^" * _MANY
    yield "an escape that never ends", head + b"\rPID|||\\X" + b"F" * _MANY
    yield "a huge number", head + b"\rPID|" + b"9" * _MANY


def _zip_bomb() -> bytes:
    held = io.BytesIO()
    with (
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.csv", "w") as member,
    ):
        for _ in range(_GIGABYTE // 2**22):
            member.write(b"\0" * 2**22)
    return held.getvalue()


def _zip(name: str, content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, content)
    return held.getvalue()
