"""One kind of failure, and its two renderings for callers.

`application/problem+json` (RFC 9457) and, on the FHIR endpoints, an OperationOutcome with the codes
of NHS BaRS: neither repeats what the caller sent or what an exception said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from adapters.contract import Finding, Severity
from gateway.fhir_documents import FHIR_JSON
from gateway.operation_outcome import JSON, informational, outcome, place

HTTP_ERROR_CODES: Final = "https://fhir.nhs.uk/Codesystem/http-error-codes"


class Party(StrEnum):
    """Who has to act, by the prefixes of NHS BaRS."""

    SENDER = "SEND"
    RECEIVER = "REC"
    INTERMEDIARY = "PROXY"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of failure, as callers see it.

    *party* has to act, and *next_step* says how. *issue* is a code of the FHIR issue types,
    *http_error* one of BaRS, which writes `REC_` for whatever the receiving side answers.
    """

    slug: str
    status: int
    title: str
    issue: str
    http_error: str
    next_step: str
    party: Party = Party.SENDER

    def to_problem_json(
        self, instance: str, *, where: str = "", findings: Sequence[Finding] = ()
    ) -> bytes:
        """Render the problem for the request *instance*, at *where* or with all *findings*.

        >>> from gateway.problems import INTERNAL
        >>> INTERNAL.to_problem_json("9562466f-c982-4bd5-bb0e-255e9f5e6689")[:51]
        b'{"type":"/problems/internal","title":"The gateway f'
        """
        body: JSON = {
            "type": f"/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.next_step,
            "instance": f"urn:uuid:{instance}",
            "party": self.party.value,
        }
        located = [_located(finding) for finding in findings] or _at(where)
        return msgspec.json.encode(body | {"errors": located} if located else body)

    def to_operation_outcome(
        self,
        instance: str,
        *,
        where: str = "",
        findings: Sequence[Finding] = (),
        media_type: str = FHIR_JSON,
    ) -> bytes:
        """Render the problem as an OperationOutcome: an issue for each finding, or one for all."""
        issues = [self._issue_of(finding) for finding in findings]
        return outcome(instance, issues or [self._issue(where)], media_type)

    def _issue(self, where: str) -> JSON:
        issue: JSON = {
            "severity": Severity.ERROR.value,
            "code": self.issue,
            "details": self._details(self.next_step),
            "diagnostics": f"{self.title}: {where}" if where else self.title,
        }
        return issue

    def _issue_of(self, finding: Finding) -> JSON:
        if finding.severity is not Severity.ERROR:
            return informational(finding)
        issue: JSON = {
            "severity": finding.severity.value,
            "code": self.issue,
            "details": self._details(finding.message),
        }
        return issue | place(finding)

    def _details(self, text: str) -> JSON:
        return {"coding": [{"system": HTTP_ERROR_CODES, "code": self.http_error}], "text": text}


def _at(where: str) -> list[JSON]:
    return [{"where": where}] if where else []


def _located(finding: Finding) -> JSON:
    return {
        "where": finding.where,
        "code": finding.code,
        "severity": finding.severity.value,
        "detail": finding.message,
    }
