"""What the record of one child may hold: resources by type, and in a reference whom it means."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from types import GenericAlias
from typing import Final

import msgspec
from msgspec import Struct

from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.schema import RESOURCES
from mappings.language.loading import Format, load
from mappings.language.shapes import of_struct
from mappings.language.translation import Translation
from mappings.language.trees import FHIRPATH
from mappings.uk_core.pairs import FUNCTIONS

ABOUT_A_CHILD: Final = (
    "RelatedPerson",
    "CareTeam",
    "CarePlan",
    "Goal",
    "Task",
    "Flag",
    "Condition",
    "Observation",
    "ServiceRequest",
    "Encounter",
    "EpisodeOfCare",
    "Provenance",
    "Consent",
    "QuestionnaireResponse",
    "DocumentReference",
)
"""The types of resource that are of one child, in the order in which they are written."""

MEANT: Final = ("PractitionerRole", "Practitioner", "Organization")
"""The types of resource that stand in the tree where they are referred to."""


def _record() -> type[Struct]:
    """Return a Struct with the child, and a list of each type of resource that is about one."""
    lists = [(name, GenericAlias(tuple, (RESOURCES[name], ...))) for name in ABOUT_A_CHILD]
    return msgspec.defstruct("Record", [("Patient", fhir.Patient), *lists])


@cache
def translation() -> Translation:
    """Return the mapping between the record of one child and the CAF."""
    meant = {name: RESOURCES[name] for name in MEANT}
    shape = of_struct(_record(), {fhir.Reference: meant})
    file = Path(str(files("mappings.uk_core"))) / "record.yaml"
    return load(file, Format(shape, functions=FUNCTIONS, places=FHIRPATH))
