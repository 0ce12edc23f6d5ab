"""The mapping of a message, ready to be used."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from mappings.hl7v2.clinical import CLINICAL
from mappings.hl7v2.pairs import PERSONAL
from mappings.hl7v2.segments import MESSAGE, PLACES
from mappings.language.loading import Format, load
from mappings.language.translation import Translation
from mappings.language.values import STANDARD, registry

FUNCTIONS = registry(STANDARD.values(), PERSONAL, CLINICAL)
"""The functions that the mapping of a message may name."""


@cache
def message() -> Translation:
    """Return the mapping of one message about one patient."""
    file = Path(str(files("mappings.hl7v2"))) / "message.yaml"
    return load(file, Format(MESSAGE, functions=FUNCTIONS, places=PLACES))
