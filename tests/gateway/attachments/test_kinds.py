"""Kinds of documents, told by what they begin with; what could run is of none."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.attachments.kinds import CDA, DOCX, KINDS, PLAIN, kind_of, named


def an_archive(*names):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return written.getvalue()


LETTER = ("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"{\\rtf1\\ansi", "text/rtf"),
        (b'<?xml version="1.0"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3">', CDA),
        (b'\xef\xbb\xbf<!-- a --><hl7:ClinicalDocument xmlns:hl7="urn:hl7-org:v3">', CDA),
        ("Dear Ms Müller,\r\n\tall is well.".encode(), PLAIN),
        (an_archive(*LETTER), DOCX),
    ],
)
def test_a_document_is_known_by_how_it_begins(content, kind):
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"MZ\x90\x00", id="a program"),
        pytest.param(b"MZ is how a text may begin, and a program, too", id="a program in letters"),
        pytest.param(b"\x7fELF\x02\x01", id="a program of another system"),
        pytest.param(b"\xcf\xfa\xed\xfe", id="a program of a third"),
        pytest.param(b"#!/bin/sh\nrm -r /\n", id="a script"),
        pytest.param(b"\xef\xbb\xbf  <script>alert(1)</script>", id="a script for a browser"),
        pytest.param(b"<!DOCTYPE html><html></html>", id="a page"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", id="an old office document"),
        pytest.param(an_archive("a.exe"), id="an archive"),
        pytest.param(an_archive(*LETTER, "word/vbaProject.bin"), id="a macro"),
        pytest.param(an_archive(*LETTER, "word/embeddings/o.bin"), id="an embedded object"),
        pytest.param(an_archive(*LETTER)[:60], id="an archive cut off"),
        pytest.param(b"a\x00b", id="no text"),
    ],
)
def test_what_could_run_or_cannot_be_told_is_of_no_kind(content):
    assert kind_of(content) is None


@given(st.binary(max_size=200) | st.binary(max_size=100).map(b"PK\x03\x04".__add__))
def test_any_bytes_are_of_a_kind_or_of_none(content):
    assert kind_of(content) in {*KINDS, None}


def test_other_names_stand_for_the_same_kind():
    assert named("Image/JPG; q=1") == "image/jpeg"
    assert named("application/pdf") == "application/pdf"
