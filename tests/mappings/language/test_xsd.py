"""Shapes from XML schemas: all of a schema is read, or it is refused."""

import pytest

from mappings.errors import SchemaError
from mappings.language import xsd

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="a"><xs:complexType><xs:sequence>
    <xs:element name="day" type="xs:date" minOccurs="0"/>
    <xs:element name="b" maxOccurs="unbounded"><xs:simpleType>
      <xs:restriction base="xs:string"><xs:enumeration value="x"/></xs:restriction>
    </xs:simpleType></xs:element>
    <xs:choice><xs:element name="c"/><xs:element name="d"/></xs:choice>
    {more}
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""


def _shape(folder, more=""):
    file = folder / "a.xsd"
    file.write_text(SCHEMA.format(more=more))
    return xsd.shape(file, "a")


def test_names_stand_in_their_order_with_what_repeats_and_what_is_needed(tmp_path):
    shape = _shape(tmp_path)

    assert list(shape.children) == ["day", "b", "c", "d"]
    assert [name for name, one in shape.children.items() if one.repeats] == ["b"]
    assert [name for name, one in shape.children.items() if one.is_required] == ["b"]


def test_a_closed_list_gives_its_codes(tmp_path):
    shape = _shape(tmp_path)

    assert shape.children["b"].codes == {"x"}
    assert shape.children["c"].codes is None


@pytest.mark.parametrize(
    ("name", "text", "is_accepted"),
    [
        ("b", "x", True),
        ("b", "y", False),
        ("day", "2026-02-28", True),
        ("day", "2026-02-30", False),
        ("c", "any text", True),
        ("c", " spaces around ", False),
        ("c", "", False),
        ("c", "a\x00b", False),
        ("c", "a\rb", False),
    ],
)
def test_a_text_is_accepted_where_the_format_allows_it(tmp_path, name, text, is_accepted):
    assert _shape(tmp_path).children[name].accepts(text) is is_accepted


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("<xs:any/>", "a.xsd:8: `any` is not read here"),
        ('<xs:group ref="g"/>', "a.xsd: the schema has no `g`"),
        ("<xs:element>", "a.xsd: not an XML schema"),
    ],
)
def test_a_schema_that_uses_what_is_not_read_is_refused(tmp_path, more, said):
    with pytest.raises(SchemaError) as refused:
        _shape(tmp_path, more)

    assert str(refused.value) == said


def test_a_schema_that_is_none_cannot_validate(tmp_path):
    (tmp_path / "a.xsd").write_text("<a/>")

    with pytest.raises(SchemaError, match=r"a.xsd: not an XML schema"):
        xsd.load(tmp_path / "a.xsd")
