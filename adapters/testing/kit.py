"""What the conformance kit is told of an adapter, and the examples that it tries it on."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.contract import Adapter, Destination, Envelope, Outcome, Payload, Received
from adapters.errors import UnsupportedFormatError
from adapters.testing.ordeal import AT
from adapters.testing.wires import Wire, general, wire_of
from mappings.caf.assessment import Assessment
from mappings.caf.view import View
from mappings.language.translation import Translation

PURPOSE: Final = "early_help"
RECORD: Final = "ab" * 32
Schema = Path | Callable[[bytes], None]
Examples = Traversable | Iterable[Traversable] | None


@dataclass(frozen=True, slots=True)
class Example:
    """One record of the format: its file's *name*, its *media_type*, its *payload*."""

    name: str
    media_type: str
    payload: bytes


@dataclass(frozen=True, kw_only=True, eq=False)  # it is looked up by itself alone
class Kit:
    """An adapter's *maker*, and what the kit has to know of it: see `adapters.testing.conformance`.

    *normalised* has, by pattern, places of the record and elements of the CAF that do not come
    back as they were, and why; *lacking* codes of findings by which the adapter rejects what it
    wrote of a CAF that holds too little.
    """

    maker: Callable[[], Adapter]
    source: Examples = None
    schema: Schema | None = None
    normalised: Mapping[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()
    mappings: tuple[Translation, ...] = ()
    own_wire: Wire | None = None
    slowest: float = 1000
    cafs: int = 20

    @cached_property
    def adapter(self) -> Adapter:
        """The adapter."""
        return self.maker()

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """The examples, in the order of their names."""
        source = self.source
        if source is None:
            package = importlib.import_module(self.maker.__module__).__package__
            source = files(package or self.maker.__module__) / "examples"
        found = source.iterdir() if isinstance(source, (Path, Traversable)) else source
        kept = [one for one in found if one.is_file() and not one.name.startswith((".", "__"))]
        return tuple(
            Example(one.name, self._media_type(one.name), one.read_bytes())
            for one in sorted(kept, key=lambda one: one.name)
        )

    @cached_property
    def translations(self) -> tuple[Translation, ...]:
        """The mappings in the mapping language, if the adapter has any."""
        own = getattr(self.adapter, "translation", None)
        return self.mappings or ((own,) if isinstance(own, Translation) else ())

    def wire(self, media_type: str) -> Wire | None:
        """Return the wire of *media_type*; None where nobody knows it."""
        return self.own_wire or wire_of(media_type)

    def why_not(self, place: str) -> str | None:
        """Return why what is at *place* does not come back as it was, if that is so."""
        plain = general(place)
        found = (why for one, why in self.normalised.items() if fnmatchcase(plain, one))
        return next(found, None)

    def read(self, payload: bytes, media_type: str) -> Received:
        """Return what the adapter makes of *payload*."""
        return self.adapter.read(payload, envelope(media_type))

    def read_example(self, example: Example) -> Received:
        """Return what the adapter makes of *example*, which must not be rejected."""
        received = self.read(example.payload, example.media_type)
        if received.outcome is Outcome.REJECT:
            codes = ", ".join(f"{one.code} at `{one.where}`" for one in received.findings)
            message = f"{example.name} is rejected: {codes}"
            raise AssertionError(message)
        return received

    def write(self, assessment: Assessment, media_type: str | None = None) -> Payload | None:
        """Return *assessment* as the adapter writes it; None where the format is only read."""
        view = View(content=assessment, purpose=PURPOSE)
        try:
            return self.adapter.write(view, envelope(media_type or self.adapter.media_types[0]))
        except UnsupportedFormatError:
            return None

    def fault_of(self, content: bytes) -> str | None:
        """Return what the schema has against *content*, which an adapter wrote, if anything."""
        match self.schema:
            case None:
                return None
            case Path():
                return _fault_by_file(self.schema, content)
            case validate:
                try:
                    validate(content)
                except Exception as error:  # noqa: BLE001 - validators raise what they like
                    return type(error).__name__
                return None

    def _media_type(self, name: str) -> str:
        """Return which of the adapter's media types the file *name* has."""
        suffix = name.rpartition(".")[2].lower()
        types = self.adapter.media_types
        return next((one for one in types if suffix in one), types[0])


def envelope(media_type: str) -> Envelope:
    """Return what is known of a payload besides its bytes, in both directions."""
    return Envelope(
        media_type=media_type,
        at=AT,
        record=RECORD,
        sender="sending-service",
        recipient="receiving-service",
        message_id="7f3a0000-0000-4000-8000-000000000001",
        destinations=(Destination("https://fhir.nhs.uk/Id/dos-service-id", "99000001"),),
    )


def _fault_by_file(schema: Path, content: bytes) -> str | None:
    """Return what the XML or JSON schema in the file *schema* has against *content*."""
    if schema.suffix == ".xsd":
        with as_file(schema) as file:
            validator = etree.XMLSchema(etree.parse(file))
        return _fault_by_xsd(validator, etree.fromstring(content))
    import jsonschema  # type: ignore[import-untyped]  # noqa: PLC0415 - only who has one needs it
    import orjson  # noqa: PLC0415 - the same

    found = jsonschema.validators.validator_for(orjson.loads(schema.read_bytes()))
    errors = found(orjson.loads(schema.read_bytes())).iter_errors(orjson.loads(content))
    return "; ".join(f"{one.json_path}: {one.validator}" for one in errors) or None


def _fault_by_xsd(validator: etree.XMLSchema, root: etree._Element) -> str | None:
    """Return where *root* is not valid: the parser's own words may hold what stands there."""
    if validator.validate(root):
        return None
    log: Iterable[etree._LogEntry] = validator.error_log  # type: ignore[assignment]  # it is one
    return f"at {', '.join(dict.fromkeys(str(one.path) for one in log))}"
