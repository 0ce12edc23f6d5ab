"""Which kind of document some bytes are, by what they begin with; never by what they are called.

What could run is of no kind: programs, scripts, office documents with macros, archives. A PDF can
carry a script, too; that is what the scanner is for, and why nothing here is ever opened.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
TIFF: Final = "image/tiff"
RTF: Final = "text/rtf"
CDA: Final = "application/hl7-cda+xml"
PLAIN: Final = "text/plain"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

KINDS: Final = (PDF, JPEG, PNG, TIFF, RTF, CDA, PLAIN, DOCX)
"""The kinds that can be told; which of them are taken, the settings say."""

_BEGINNINGS: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        b"%PDF-": PDF,
        b"\xff\xd8\xff": JPEG,
        b"\x89PNG\r\n\x1a\n": PNG,
        b"II*\x00": TIFF,
        b"MM\x00*": TIFF,
        b"{\\rtf": RTF,
    }
)
_OTHER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "image/jpg": JPEG,
        "image/pjpeg": JPEG,
        "image/tif": TIFF,
        "application/rtf": RTF,
        "text/xml": CDA,
        "application/xml": CDA,
        "application/hl7-sda+xml": CDA,
        "application/hl7-v3+xml": CDA,
        "text/x-hl7-ft": PLAIN,
    }
)
_SCRIPT: Final = re.compile(rb"#!|<\?php|<%|<!doctype html|<html|<script|mz", re.IGNORECASE)
_CDA: Final = re.compile(
    rb"(?:<\?xml[^>]{0,200}\?>|<\?xml-stylesheet[^>]{0,500}\?>|<!--.{0,2000}?-->|\s)*"
    rb"<(?:[\w.-]{1,40}:)?ClinicalDocument[\s>]",
    re.DOTALL,
)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MOST_MEMBERS: Final = 2_000


def named(media_type: str) -> str:
    """Return the kind that a declared *media_type* stands for, without its parameters.

    >>> named("image/jpg"), named("Text/XML; charset=utf-8")
    ('image/jpeg', 'application/hl7-cda+xml')
    """
    bare = media_type.partition(";")[0].strip().lower()
    return _OTHER_NAMES.get(bare, bare)


def kind_of(content: bytes) -> str | None:
    """Return the kind of *content*; None for what is of none of `KINDS`.

    >>> kind_of(b"%PDF-1.7 ..."), kind_of(b"A letter."), kind_of(b"MZ...")
    ('application/pdf', 'text/plain', None)
    """
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    text = content.removeprefix(b"\xef\xbb\xbf")
    if _CDA.match(text):
        return CDA
    if content.startswith(b"PK\x03\x04"):
        return DOCX if _is_document(content) else None
    return PLAIN if _is_plain(text) else None


def _is_document(content: bytes) -> bool:
    """Whether *content* is a text document of an office program, without anything that runs."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False
    is_whole = {"[content_types].xml", "word/document.xml"} <= names
    runs = any("vbaproject" in one or "/activex/" in one or "/embeddings/" in one for one in names)
    return is_whole and not runs and len(names) <= _MOST_MEMBERS


def _is_plain(content: bytes) -> bool:
    """Whether *content* is text to be read, and nothing that a program would run."""
    if not content or _SCRIPT.match(content.lstrip()):
        return False
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(text) is None
