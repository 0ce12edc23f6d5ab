"""A sound adapter of children's cards, and adapters each of which has one fault.

They can be imported, so that hostile input can be tried on them in a process of its own.
"""

import time
from dataclasses import replace

from msgspec import structs

from adapters.contract import Finding, Outcome, Payload, Portion, Reading, Received, Severity
from adapters.mapped import XML, MappedAdapter
from mappings.fidelity import Fate, Ledger
from mappings.language.loading import Format, parse
from mappings.language.shapes import of_paths
from mappings.language.tables import COLUMNS
from mappings.language.tables import parse as parse_table

MEDIA_TYPE = "application/vnd.example.card+xml"
CARD = b"<Card><Name>Wren</Name><Sex>F</Sex><Phone>0163296001</Phone><Phone>2</Phone></Card>"
MAPPING = """
mapping: card
describes: a child's card
rows:
  - {{caf: child/names/text, theirs: Name}}
  - {{caf: child/sex/codes, theirs: Sex, via: "code:{table}"}}
items:
  - item: child/contacts[kind=phone]
    each: Phone
    rows:
      - {{caf: value, theirs: .}}
"""
TWO_FOR_ONE = parse_table(
    "\n".join([",".join(COLUMNS), "F,female,Female,,1,none", "W,female,Woman,,1,none"]),
    {
        "name": "two-for-one",
        "title": "Two for one",
        "source_system": "urn:example:sex",
        "target_system": "https://caf-gateway.example/fhir/CodeSystem/sex",
        "same_as": "",
        "open": "",
        "loss": "said here, so that it loads",
    },
)


def translation(table="sex", tables=()):
    form = XML("Card")
    shape = of_paths(["Name", "Sex", "Phone*"], form.accepts)
    return parse(
        MAPPING.format(table=table), "card.yaml", Format(shape, tables={t.name: t for t in tables})
    )


def sound():
    return MappedAdapter(
        name="card", media_types=(MEDIA_TYPE,), form=XML("Card"), translation=translation()
    )


class Altered:
    """The sound adapter, with room for a fault."""

    name = "card"
    media_types = (MEDIA_TYPE,)
    carries_marks = False

    def __init__(self) -> None:
        self.sound = sound()

    def read(self, payload, envelope):
        return self.sound.read(payload, envelope)

    def write(self, view, envelope):
        return self.sound.write(view, envelope)


class Misnamed(Altered):
    name = "Card Adapter"


class Unlabelled(Altered):
    """Writes what it does not read."""

    def write(self, view, envelope):
        return Payload(self.sound.write(view, envelope).content, "application/xml")


class Refusing(Altered):
    def read(self, payload, envelope):  # noqa: ARG002 - it does not look
        return Received(Outcome.REJECT, (Finding("no", Severity.ERROR, "1:1", "go away"),))


class Counting(Altered):
    """Reads each time something else."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def read(self, payload, envelope):
        self.count += 1
        received = super().read(payload, envelope)
        counted = Finding("counted", Severity.INFORMATION, f"/{self.count}", "this was counted")
        return replace(received, findings=(*received.findings, counted))


class Sourceless(Altered):
    def read(self, payload, envelope):
        return super().read(payload, replace(envelope, record=""))


class Forgetful(Altered):
    """Writes names alone, whatever it read."""

    def write(self, view, envelope):
        child = structs.replace(view.content.child, contacts=())
        content = structs.replace(view.content, child=child)
        return super().write(structs.replace(view, content=content), envelope)


class Silent(Altered):
    """Drops what it does not know, and does not say so."""

    def read(self, payload, envelope):
        received = super().read(payload, envelope)
        readings = tuple(
            Reading(
                one.assessment,
                Ledger(tuple(leaf for leaf in one.ledger.leaves if leaf.fate is not Fate.UNMAPPED)),
            )
            for one in received.readings
        )
        return replace(received, findings=(), readings=readings)


class Talkative(Altered):
    """Repeats what it was sent."""

    def read(self, payload, envelope):
        received = super().read(payload, envelope)
        said = payload.decode("utf-8", "replace")
        told = Finding("said", Severity.INFORMATION, "1:1", f"the sender said {said}")
        return replace(received, findings=(*received.findings, told))


class Careless(Altered):
    """Writes an element that the format does not have."""

    def write(self, view, envelope):
        content = super().write(view, envelope).content
        open_ended = content.replace(b"<Card/>", b"<Card></Card>")
        return Payload(open_ended.replace(b"</Card>", b"<Extra/></Card>"), MEDIA_TYPE)


class Moody(Altered):
    """Writes each time something else."""

    def write(self, view, envelope):
        content = super().write(view, envelope).content
        return Payload(content + b"\n" * (time.perf_counter_ns() % 1000), MEDIA_TYPE)


class Leaking(Altered):
    """Streams no child of those that it reads."""

    def stream(self, file, envelope):
        received = self.read(file.read(), envelope)
        yield Portion(received.findings, message=received.message)


class Slow(Altered):
    def read(self, payload, envelope):
        time.sleep(0.005)
        return super().read(payload, envelope)


class Fragile(Altered):
    """Raises for what a payload holds."""

    def read(self, payload, envelope):
        payload.decode()
        return super().read(payload, envelope)


class Greedy(Altered):
    """Takes memory that a payload asks for."""

    def read(self, payload, envelope):
        if b"many" in payload or len(payload) > 100_000:
            return self.read(b"\0" * 2**30, envelope) if len(payload) < 2**29 else None
        return super().read(payload, envelope)


class Deadly(Altered):
    """Ends the process."""

    def read(self, payload, envelope):
        if b"&l9;" in payload:
            import os  # noqa: PLC0415 - for its fault alone

            os._exit(1)
        return super().read(payload, envelope)
