"""A BaRS message of fifteen resources to the CAF, against what three others do with its bytes.

    fhir.resources    parses them, and maps nothing: against our mapping, and against all of ours
    JSONata           one compiled expression maps the same fields (jsonata-python)
    FHIRPath          a compiled expression a field maps the same fields (fhirpathpy)

All of ours is from the bytes on: it also checks the message, and says of each item where it came
from. Our mapping begins, as any does, with the resources.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import fhirpathpy
from fhir.resources.R4B.bundle import Bundle as Model
from fhirpathpy.models import models
from jsonata import Jsonata

from adapters.contract import Envelope, Received
from adapters.health.bars import BaRSAdapter
from adapters.health.fhir_r4.reading import read_resource
from mappings.bars.caf import ChildRead, to_caf
from mappings.bars.entries import Entries
from mappings.fhir_r4.generated import Bundle
from tests.performance.measurement import Measurement

RESOURCES: Final = 15
_EXAMPLE: Final = "health-visitor-to-early-help.json"
_LEFT_OUT: Final = ("2000099903", "2000099904", "2000099905")
_OURS: Final = "https://caf-gateway.example/fhir/StructureDefinition/caf-"
_ENVELOPE: Final = Envelope(
    media_type="application/fhir+json", at=datetime(2026, 11, 20, tzinfo=UTC), record="ab" * 32
)

Mapper = Callable[[bytes], object]


@cache
def message() -> bytes:
    """Return the example of a referral, without three of the services that it is addressed to."""
    plain = json.loads((files("adapters.health") / "examples" / _EXAMPLE).read_bytes())
    by_url = {entry["fullUrl"]: entry["resource"] for entry in plain["entry"]}
    header = plain["entry"][0]["resource"]
    header["destination"] = header["destination"][:1]
    left_out = set()
    for url, resource in by_url.items():
        if resource["resourceType"] == "Patient":
            del resource["generalPractitioner"]
        if resource["resourceType"] == "HealthcareService" and _is_left_out(resource):
            left_out |= {url, resource["providedBy"]["reference"]}
    plain["entry"] = [entry for entry in plain["entry"] if entry["fullUrl"] not in left_out]
    return json.dumps(plain).encode()


def _is_left_out(service: dict[str, Any]) -> bool:
    return any(one["value"] in _LEFT_OUT for one in service["identifier"])


def ours(payload: bytes) -> Received:
    """Return the CAF of the message, with findings and what it says of itself."""
    return BaRSAdapter().read(payload, _ENVELOPE)


def parsed(payload: bytes) -> Model:
    """Return the message as the reference model has it."""
    return Model.model_validate_json(payload)


_PERSON: Final = f"""
    "name": name[0].text, "relationship": relationship[0].coding[0].code, "born": birthDate,
    "phone": telecom[system = "phone"][0].value,
    "responsible": extension[url = "{_OURS}parental-responsibility"].valueCode,
    "lives_with": extension[url = "{_OURS}lives-with-child"].valueBoolean
"""
_TOLD: Final = (
    "$merge(extension.{$substringAfter(url, 'caf-'): [valueCode, valueString, valueInteger, "
    "valueBoolean, valueDate, valueDateTime, valueCoding, extension.{url: [valueCode, "
    "valueReference.reference]}]})"
)
_JSONATA: Final = f"""(
  $of := function($kind) {{ entry.resource[resourceType = $kind] }};
  {{
    "child": $of("Patient").{{
      "names": name.{{"text": text, "family": family, "given": given, "use": use}},
      "birth": birthDate, "sex": gender, "identifiers": identifier.{{"system": system,
      "value": value}}, "contacts": telecom.{{"kind": system, "value": value}},
      "addresses": address.{{"lines": line, "town": city, "postcode": postalCode}},
      "ethnicity": extension.valueCodeableConcept.coding.{{"system": system, "code": code}}}},
    "family": $of("RelatedPerson").{{{_PERSON}}},
    "led_to": $of("ServiceRequest").reasonCode.{{"text": text, "codes": coding}},
    "concern": $of("ServiceRequest").extension[url = "{_OURS}concern"].valueCode,
    "actions": $of("CarePlan").activity.detail.{{"text": description,
      "by_when": scheduledPeriod.end, "who": performer.reference}},
    "consent": $of("Consent").{{"status": status, "given_on": dateTime,
      "by": performer.reference, "services": provision.actor.reference.identifier.value,
      "until": provision.period.end, "told": {_TOLD}}},
    "answers": $of("QuestionnaireResponse").**.item[answer].(
      $element := linkId;
      answer.{{"element": $element, "text": valueString, "code": valueCoding.code,
        "told": {_TOLD}}})
  }}
)"""


@cache
def jsonata() -> Mapper:
    """Return what maps a message by one JSONata expression."""
    expression = Jsonata(_JSONATA)
    return lambda payload: expression.evaluate(json.loads(payload))


_ANSWERS: Final = (
    "Bundle.entry.resource.where(resourceType='QuestionnaireResponse').repeat(item).answer"
)
_FHIRPATH: Final = (
    *(
        f"Bundle.entry.resource.where(resourceType='Patient').{path}"
        for path in (
            "name.text",
            "name.family",
            "name.given",
            "name.use",
            "birthDate",
            "gender",
            "identifier.system",
            "identifier.value",
            "telecom.system",
            "telecom.value",
            "address.line",
            "address.city",
            "address.postalCode",
            "extension.value.coding",
        )
    ),
    *(
        f"Bundle.entry.resource.where(resourceType='RelatedPerson').{path}"
        for path in (
            "name.text",
            "relationship.coding.code",
            "birthDate",
            "telecom.where(system='phone').value",
            f"extension.where(url='{_OURS}parental-responsibility').value",
            f"extension.where(url='{_OURS}lives-with-child').value",
        )
    ),
    "Bundle.entry.resource.where(resourceType='ServiceRequest').reasonCode.text",
    f"Bundle.entry.resource.where(resourceType='ServiceRequest').extension.where(url='{_OURS}concern').value",
    *(
        f"Bundle.entry.resource.where(resourceType='CarePlan').activity.detail.{path}"
        for path in ("description", "scheduledPeriod.end", "performer.reference")
    ),
    *(
        f"Bundle.entry.resource.where(resourceType='Consent').{path}"
        for path in (
            "status",
            "dateTime",
            "performer.reference",
            "provision.actor.reference.identifier.value",
            "provision.period.end",
            "extension.value",
        )
    ),
    f"{_ANSWERS}.value",
    f"{_ANSWERS}.extension.url",
    f"{_ANSWERS}.extension.value",
    f"{_ANSWERS}.extension.extension.value",
)


@cache
def fhirpath() -> Mapper:
    """Return what maps a message by a FHIRPath expression a field."""
    paths = [fhirpathpy.compile(path, models["r4"]) for path in _FHIRPATH]

    def mapped(payload: bytes) -> list[Any]:
        plain = json.loads(payload)
        return [path(plain) for path in paths]

    return mapped


def mapped(bundle: Bundle) -> list[ChildRead]:
    """Return the CAF of each child that *bundle* is about."""
    return list(to_caf(Entries(bundle, _ENVELOPE.record), None))


def reading(rounds: int) -> Iterator[Measurement]:
    """Yield how many times less time ours takes than each of the others."""
    payload = message()
    bundle = read_resource(payload, _ENVELOPE.media_type).resource
    for name, work, given, other, target in (
        ("bars-mapping-vs-fhir-resources", mapped, bundle, parsed, 30),
        ("bars-reading-vs-fhir-resources", ours, payload, parsed, None),
        ("bars-reading-vs-jsonata", ours, payload, jsonata(), 5),
        ("bars-reading-vs-fhirpath", ours, payload, fhirpath(), 5),
    ):
        costs = [
            (_milliseconds(work, given, 20), _milliseconds(other, payload, 1))
            for _ in range(rounds)
        ]
        mine, theirs = (statistics.median(side) for side in zip(*costs, strict=True))
        yield Measurement(
            name=name,
            value=round(mine, 2),
            unit="ms",
            against=round(theirs, 1),
            ratio=round(theirs / mine, 1),
            target=target,
            met=None if target is None else theirs / mine >= target,
        )


def _milliseconds(work: Callable[[Any], object], given: object, times: int) -> float:
    work(given)
    begun = time.process_time()
    for _ in range(times):
        work(given)
    return (time.process_time() - begun) / times * 1_000
