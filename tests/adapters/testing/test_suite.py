"""The conformance kit: a sound adapter passes it, and each fault turns the check for it red."""

from pathlib import Path

import pytest
import strange_adapters as strange
from lxml import etree

from adapters.testing import checks, conformance, suite
from adapters.testing.kit import Kit
from mappings.caf.assessment import Assessment

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Card">
<xs:complexType><xs:sequence>
  <xs:element name="Name" type="xs:string" minOccurs="0"/>
  <xs:element name="Sex" type="xs:string" minOccurs="0"/>
  <xs:element name="Phone" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""


class Card:
    """An example that is in no file."""

    name = "card.xml"

    def is_file(self):
        return True

    def read_bytes(self):
        return strange.CARD


def validate(content):
    etree.XMLSchema(etree.fromstring(SCHEMA)).assertValid(etree.fromstring(content))


TestSound = conformance(strange.sound, examples=[Card()], schema=validate, cafs=10)


def _of(maker, **more):
    return conformance(maker, examples=[Card()], schema=validate, cafs=5, **more)()


def _run(tests, name):
    """Run the test *name* on the one example, or on what it is made on."""
    (example,) = tests.kit.examples
    test = getattr(tests, name)
    return test(example) if "example" in test.__code__.co_varnames[:2][-1] else test()


@pytest.mark.parametrize(
    ("maker", "name", "said"),
    [
        (strange.Misnamed, "test_it_says_what_it_is", "`name` has to be"),
        (strange.Unlabelled, "test_it_says_what_it_is", "which is not read"),
        (strange.Refusing, "test_an_example_is_read", "the outcome is reject: no at `1:1`"),
        (strange.Counting, "test_a_repeat_is_read_the_same", "reading it again"),
        (strange.Leaking, "test_a_stream_is_read_as_the_whole_is", "other children"),
        (strange.Sourceless, "test_every_item_says_where_it_came_from", "does not name the record"),
        (
            strange.Forgetful,
            "test_what_was_read_is_written_and_read_again_the_same",
            "`child.contacts` does not come back",
        ),
        (
            strange.Careless,
            "test_what_was_read_is_written_and_read_again_the_same",
            "of what it writes, it warns: ",
        ),
        (
            strange.Forgetful,
            "test_a_leaf_that_is_kept_is_written_as_it_was",
            r"`/Card/Phone\[1\]` is called kept",
        ),
        (
            strange.Silent,
            "test_an_unknown_element_is_kept_or_reported",
            "dropped without a word",
        ),
        (strange.Talkative, "test_no_finding_repeats_what_was_sent", "repeats what was sent"),
        (strange.Careless, "test_what_is_written_of_an_example_is_valid", "is not valid"),
        (strange.Moody, "test_what_is_written_of_an_example_is_valid", "is not the same"),
        (
            strange.Careless,
            "test_any_caf_is_written_validly_and_what_is_carried_stays",
            "is not valid",
        ),
    ],
)
def test_a_fault_turns_its_check_red_and_the_sound_adapter_does_not(maker, name, said):
    with pytest.raises(AssertionError, match=said):
        _run(_of(maker), name)
    _run(_of(strange.sound), name)


def test_a_slow_adapter_is_told_from_a_quick_one():
    with pytest.raises(AssertionError, match="times as long as parsing"):
        _run(_of(strange.Slow, slowest=20), "test_reading_is_not_much_slower_than_parsing")


def test_an_example_that_is_meant_to_be_refused_must_be():
    _run(_of(strange.Refusing, refused={"card.xml"}), "test_an_example_is_read")
    with pytest.raises(AssertionError, match="the outcome is accept"):
        _run(_of(strange.sound, refused={"card.xml"}), "test_an_example_is_read")


def test_what_does_not_come_back_can_be_listed_with_its_reason():
    listed = {"child.contacts": "cards leave without numbers", "/Card/Phone": "the same"}
    tests = _of(strange.Forgetful, normalised=listed)
    _run(tests, "test_what_was_read_is_written_and_read_again_the_same")
    _run(tests, "test_a_leaf_that_is_kept_is_written_as_it_was")


def test_a_table_of_two_codes_for_one_says_what_is_lost_or_is_found_out():
    own = strange.translation("two-for-one", [strange.TWO_FOR_ONE])
    assert not list(checks.codes_come_back(own, "two-for-one"))  # both codings are kept

    alone = strange.translation("one", [_with(strange.TWO_FOR_ONE, name="one", loss=None)])
    assert list(checks.codes_come_back(alone, "one")) == [
        "the code `W` comes back as another: say in `lossy` what is lost"
    ]


def _with(table, **changes):
    from dataclasses import replace  # noqa: PLC0415 - for this alone

    return replace(table, **changes)


@pytest.mark.parametrize(
    ("maker", "attack", "said"),
    [
        (strange.Fragile, "a byte that is no UTF-8", "raises `UnicodeDecodeError`"),
        (strange.Greedy, "many elements", "more memory"),
        (strange.Deadly, "a billion laughs", "the process died"),
    ],
)
def test_hostile_input_that_raises_takes_much_or_kills_is_told(maker, attack, said):
    tests = _of(maker)
    told = f"{attack}, {strange.MEDIA_TYPE}"

    with pytest.raises(AssertionError, match=said):
        tests.test_hostile_input_is_refused_in_time_and_memory(told)
    tests.test_hostile_input_is_refused_in_time_and_memory(f"nothing, {strange.MEDIA_TYPE}")


def test_a_schema_is_a_file_too_and_what_breaks_it_is_named_by_its_place(tmp_path):
    (tmp_path / "card.xsd").write_text(SCHEMA)
    kit = Kit(maker=strange.Careless, source=[Card()], schema=tmp_path / "card.xsd")

    assert list(checks.is_valid(kit, Assessment())) == [
        "what is written is not valid: at /Card/Extra"
    ]


def test_examples_are_found_beside_the_adapter_where_none_are_given():
    from adapters.education.ctf import CTFAdapter  # noqa: PLC0415 - for this alone

    assert {one.name for one in Kit(maker=CTFAdapter).examples} >= {"ctf-24.xml", "ctf-25.xml"}


def test_a_format_that_the_kit_cannot_look_through_is_skipped_by_name():
    class Fax(strange.Altered):
        media_types = ("application/x-fax",)

    with pytest.raises(pytest.skip.Exception, match="give it a `wire`"):
        _run(_of(Fax), "test_an_unknown_element_is_kept_or_reported")


def test_the_kit_is_three_lines_of_anybodys(tmp_path):
    file = tmp_path / "test_card.py"
    file.write_text(
        "from adapters.testing import conformance\n"
        "from strange_adapters import Silent\n"
        "TestCard = conformance(Silent, examples=[])\n"
    )
    lines = Path(file).read_text().splitlines()
    assert len(lines) == 3
    assert suite.Conformance in _run_lines(lines)["TestCard"].__mro__


def _run_lines(lines):
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # noqa: S102 - the three lines of a test file
    return names
