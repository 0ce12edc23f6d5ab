"""The one repair of FHIR that is made: a list where one value belongs, one value where a list does.

Published examples of BaRS have it the wrong way round in `basedOn`, `providedBy` and others.
Nothing is guessed at: what stands there is what was sent, in brackets or out of them; each is a
finding.
"""

import re
from typing import Any, Final

from msgspec import Struct, ValidationError, convert

from adapters.contract import Finding, Severity
from adapters.health.fhir_r4.places import explain
from mappings.fhir_r4.generated import AnyResource

_MOST: Final = 100  # of a message of nothing else, the rest is refused
_AT: Final = re.compile(r" - at `\$([^`]*)`$")
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_MESSAGE: Final = "the sender must send a list where the element repeats, and one value where not"


def repaired(plain: Any) -> tuple[object, tuple[Finding, ...]]:  # noqa: ANN401 - any JSON
    """Return *plain* with lists and single values where FHIR has them, and what was repaired.

    What is wrong otherwise is left as it is, for whoever reads it to refuse.

    >>> plain = {"resourceType": "HealthcareService", "providedBy": [{"display": "..."}]}
    >>> whole, findings = repaired(plain)
    >>> whole["providedBy"], findings[0].where
    ({'display': '...'}, 'HealthcareService.providedBy')
    """
    findings: list[Finding] = []
    while len(findings) < _MOST:
        try:
            _: Struct = convert(plain, AnyResource)
        except ValidationError as error:
            problem = str(error)
        else:
            break
        if not _turn(plain, problem):
            break
        where = explain(problem, plain.get("resourceType"))[2]
        findings.append(Finding("list-or-value", Severity.WARNING, where, _MESSAGE))
    return plain, tuple(findings)


def _turn(plain: Any, problem: str) -> bool:  # noqa: ANN401 - any JSON
    """Turn what *problem* is about into a list, or out of one; say whether that could be done."""
    found = _AT.search(problem)
    steps = [name or int(number) for name, number in _STEP.findall(found[1])] if found else []
    if not steps:
        return False
    *above, last = steps
    for step in above:
        plain = plain[step]
    value = plain[last]
    if problem.startswith("Expected `array") and isinstance(value, dict):
        plain[last] = [value]
    elif "got `array`" in problem and len(value) == 1 and isinstance(value[0], dict):
        plain[last] = value[0]
    else:
        return False
    return True
