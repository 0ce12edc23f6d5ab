"""The conformance kit as tests: one for each check, with an id for each example it is made on."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import pytest
from hypothesis import given, settings

from adapters.contract import Adapter
from adapters.testing import checks
from adapters.testing.cafs import assessments
from adapters.testing.checks import require
from adapters.testing.hostile import attacks
from adapters.testing.kit import Example, Examples, Kit, Schema
from adapters.testing.ordeal import Attack, Ran, run
from adapters.testing.wires import Wire
from mappings.language.testing import hold
from mappings.language.translation import Translation


class Conformance:
    """The tests of one adapter, which its *kit* is about."""

    kit: ClassVar[Kit]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give each test its examples, attacks or code tables."""
        kit = self.kit
        names = metafunc.fixturenames
        read = [one for one in kit.examples if one.name not in kit.refused]
        if "any_example" in names:
            metafunc.parametrize("any_example", kit.examples, ids=_id)
        elif "example" in names:
            metafunc.parametrize("example", read, ids=_id)
        elif "attack" in names:
            metafunc.parametrize("attack", list(_attacks(kit)))
        elif "mapping" in names:
            metafunc.parametrize("mapping", kit.translations, ids=repr)
        elif "table" in names:
            metafunc.parametrize(
                "table", _tables(kit), ids=lambda one: f"{one[1]}-{one[0].edition or 1}"
            )

    def test_it_says_what_it_is(self) -> None:
        """Name, media types, marks and examples are there."""
        require(checks.says_what_it_is(self.kit))

    def test_an_example_is_read(self, any_example: Example) -> None:
        """An example is accepted; one that is meant to be refused is not."""
        require(checks.is_read(self.kit, any_example))

    def test_a_repeat_is_read_the_same(self, any_example: Example) -> None:
        """The same bytes give the same children, findings, message and account."""
        require(checks.is_idempotent(self.kit, any_example))

    def test_a_stream_is_read_as_the_whole_is(self, any_example: Example) -> None:
        """A stream gives what the whole gives."""
        require(checks.streams_the_same(self.kit, any_example))

    def test_every_item_says_where_it_came_from(self, example: Example) -> None:
        """Provenance: the record and the place, and an id."""
        require(checks.says_where_it_came_from(self.kit, example))

    def test_what_was_read_is_written_and_read_again_the_same(self, example: Example) -> None:
        """Theirs, CAF, theirs, CAF."""
        require(checks.comes_back(self.kit, example))

    def test_a_leaf_that_is_kept_is_written_as_it_was(self, example: Example) -> None:
        """The ledger is true of what is written."""
        require(checks.keeps_its_leaves(self.kit, example, _wire(self.kit, example)))

    def test_an_unknown_element_is_kept_or_reported(self, example: Example) -> None:
        """Nothing is dropped without a word."""
        require(checks.accounts_for(self.kit, example, _wire(self.kit, example)))

    def test_no_finding_repeats_what_was_sent(self, example: Example) -> None:
        """Findings and ledgers hold no personal data."""
        require(checks.says_nothing_of_anybody(self.kit, example, _wire(self.kit, example)))

    def test_what_is_written_of_an_example_is_valid(self, example: Example) -> None:
        """By the format's own schema."""
        for reading in self.kit.read_example(example).readings:
            require(checks.is_valid(self.kit, reading.assessment))

    def test_any_caf_is_written_validly_and_what_is_carried_stays(self) -> None:
        """CAF, theirs, CAF: for whatever the common model can hold."""
        kit = self.kit

        @settings(max_examples=kit.cafs, deadline=None, database=None, derandomize=True)
        @given(assessments())
        def holds(assessment: object) -> None:
            require(checks.is_valid(kit, assessment))  # type: ignore[arg-type]  # as it was drawn
            require(checks.carries(kit, assessment))  # type: ignore[arg-type]  # as it was drawn

        holds()

    def test_the_mapping_holds_to_its_laws(self, mapping: Translation) -> None:
        """The laws of the mapping language, on records that are drawn from its rows."""
        hold(mapping, examples=max(1, self.kit.cafs // 2))

    def test_a_code_comes_back(self, table: tuple[Translation, str]) -> None:
        """Code tables are total, and one-to-one or marked lossy."""
        require(checks.codes_come_back(*table))

    def test_hostile_input_is_refused_in_time_and_memory(self, attack: str) -> None:
        """Nothing that is sent raises, takes long or takes much."""
        fault = _ordeal(self.kit)[attack].fault
        require(iter([f"{attack}: {fault}"] if fault else []))

    def test_reading_is_not_much_slower_than_parsing(self, example: Example) -> None:
        """A floor of speed, against a baseline in the same run."""
        require(checks.is_fast_enough(self.kit, example, _wire(self.kit, example)))


def conformance(  # noqa: PLR0913 - all that the kit may be told, by name
    adapter: Callable[[], Adapter],
    *,
    examples: Examples = None,
    schema: Schema | None = None,
    normalised: Mapping[str, str] | None = None,
    refused: Collection[str] = (),
    lacking: Collection[str] = (),
    translations: Iterable[Translation] = (),
    wire: Wire | None = None,
    slowest: float = 1000,
    cafs: int = 20,
) -> type[Conformance]:
    """Return the class of tests of *adapter*, a class or a function that can be imported.

        TestAcme = conformance(AcmeAdapter)

    *examples* are files, or a folder of them: `examples/` beside the adapter if it is not given.
    *schema* is an XSD or JSON Schema, or a function that raises, for what is written.
    *normalised* lists what does not come back as it was, and why, by patterns of places without
    positions (`/CTfile/Header/*`) and of elements (`child.names`). *refused* names the examples
    that are to be rejected; *lacking* are the codes of findings by which a record that was written
    of too little is rejected. *translations* are its mappings, *wire* how to look through a format
    that is neither XML, JSON, CSV nor HL7 v2. Reading takes at most *slowest* times what parsing
    takes. *cafs* is how many CAFs are drawn.
    """
    kit = Kit(
        maker=adapter,
        source=examples if examples is None or hasattr(examples, "iterdir") else tuple(examples),
        schema=schema,
        normalised=dict(normalised or {}),
        refused=frozenset(refused),
        lacking=frozenset(lacking),
        mappings=tuple(translations),
        own_wire=wire,
        slowest=slowest,
        cafs=cafs,
    )
    return type("TestConformance", (Conformance,), {"kit": kit, **dict.fromkeys(_idle(kit))})


def _tables(kit: Kit) -> list[tuple[Translation, str]]:
    return [
        (translation, name)
        for translation in kit.translations
        for name in dict.fromkeys(one for one, _ in checks.coded_rows(translation))
    ]


def _idle(kit: Kit) -> Iterator[str]:
    """Yield the names of the tests that have nothing to look at, which are left out."""
    if not kit.translations:
        yield Conformance.test_the_mapping_holds_to_its_laws.__name__
    if not _tables(kit):
        yield Conformance.test_a_code_comes_back.__name__


def _id(example: Example) -> str:
    return example.name


def _wire(kit: Kit, example: Example) -> Wire:
    found = kit.wire(example.media_type)
    if found is None:
        pytest.skip(f"the kit does not know `{example.media_type}`: give it a `wire`")
    return found


def _attacks(kit: Kit) -> dict[str, tuple[str, bytes]]:
    """Return the attacks on each of the adapter's media types by name."""
    first = {one.media_type: one for one in reversed(kit.examples)}
    found: dict[str, tuple[str, bytes]] = {}
    for media_type in kit.adapter.media_types:
        example = first.get(media_type)
        if example is not None:
            for name, payload in attacks(media_type, example.payload):
                found[f"{name}, {media_type}"] = (media_type, payload)
    return found


@cache
def _ordeal(kit: Kit) -> Mapping[str, Ran]:
    """Return what became of each attack: all are made at once, in a process of their own."""
    with TemporaryDirectory() as folder:
        waiting = []
        for number, (name, (media_type, payload)) in enumerate(_attacks(kit).items()):
            file = Path(folder) / str(number)
            file.write_bytes(payload)
            waiting.append(Attack(name, media_type, file))
        return run(kit.maker, waiting)
