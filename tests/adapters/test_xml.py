"""XML at the edge: nothing that reaches out or blows up gets past it."""

import time
import tracemalloc

import pytest
from shared_data import shared

from adapters import xml
from adapters.errors import AdapterError, MalformedPayloadError

BOMB = b"""<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><bomb>&c;</bomb>"""


@pytest.mark.parametrize(
    ("payload", "code", "where"),
    [
        pytest.param(b"", "not-xml", "1:1", id="nothing"),
        pytest.param(b"<a>\n<b></a>", "not-xml", "2:8", id="an element never closed"),
        pytest.param(BOMB, "document-type", "1:1", id="an entity bomb"),
        pytest.param(
            b'\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document-type", "2:1", id="a DTD"
        ),
        pytest.param(b"<a>&b;</a>", "not-xml", "1:7", id="an entity that nobody declares"),
        pytest.param("<a/>".encode("utf-16"), "not-utf-8", "1:1", id="UTF-16"),
        pytest.param(b'<?xml version="1.0" encoding="utf-7"?><a/>', "not-utf-8", "1:1", id="UTF-7"),
        pytest.param(b"<a>" * 10_000, "too-deep", "", id="ten thousand deep"),
        pytest.param(b"<a>" * 65 + b"</a>" * 65, "too-deep", "", id="one too deep"),
        pytest.param(
            b"<a " + b" ".join(b'a%d="1"' % n for n in range(33)) + b"/>",
            "too-many-attributes",
            "",
            id="an element of many attributes",
        ),
        pytest.param(b"<a>" + b"<b/>" * 200_001 + b"</a>", "too-many-elements", "", id="many"),
        pytest.param(b"<a>" + b" " * 20 * 2**20 + b"</a>", "too-many-bytes", "", id="20 MB"),
    ],
)
def test_a_payload_is_refused_with_its_place(payload, code, where):
    started = time.perf_counter()
    tracemalloc.start()

    with pytest.raises(AdapterError) as refused:
        xml.parse(payload)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.code == code
    assert not where or refused.value.where == where
    assert time.perf_counter() - started < 1
    assert peak < 10 * 2**20


def test_comments_and_instructions_are_not_kept():
    root = xml.parse(b"<?xml version='1.0'?><?go away?><a><!-- b --><c/><?d?></a>")

    assert [child.tag for child in root] == ["c"]


def test_an_element_of_64_levels_is_read():
    assert xml.parse(b"<a>" * 64 + b"</a>" * 64).tag == "a"


def test_known_attacks_are_refused_or_harmless():
    for path in sorted(shared("data/hostile/xml_attacks").rglob("*.xml")):
        try:
            root = xml.parse(path.read_bytes())
        except AdapterError:
            continue
        assert not root.getroottree().docinfo.doctype, path.name


def test_no_refusal_repeats_the_payload():
    with pytest.raises(MalformedPayloadError) as refused:
        xml.parse(b"<Zebedee>&Zebedee;</Florence>")

    assert "Zebedee" not in str(refused.value)
    assert "Florence" not in str(refused.value)
