"""A search's answer as a Bundle (FHIR R4, type searchset)."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.audit_events.cast import Observer
from gateway.audit_events.codes import JSON
from gateway.audit_events.projection import project
from gateway.searching.search import Answer
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Bundler:
    """Makes Bundles for *observer*, whose AuditEvents are served below *root*."""

    observer: Observer
    root: str

    @classmethod
    def of(cls, settings: Settings) -> "Bundler":
        """Return the one of the gateway of *settings*."""
        observer = Observer(settings.origin, settings.issuer)
        return cls(observer, f"{settings.issuer}/FHIR/R4")

    def bundle(self, answer: Answer, links: Mapping[str, str]) -> JSON:
        """Return *answer* as a Bundle with *links* by their relation.

        What is proved of it stands in an OperationOutcome beside the matches, as FHIR's search
        has it (`mode` is `outcome`): a list that was not proved complete says so.
        """
        matches = [
            {
                "fullUrl": f"{self.root}/AuditEvent/{entry.index}",
                "resource": project(entry, self.observer),
                "search": {"mode": "match"},
            }
            for entry in answer.entries
        ]
        bundle: JSON = {"resourceType": "Bundle", "type": "searchset", "total": answer.total}
        if links:
            bundle["link"] = [{"relation": name, "url": url} for name, url in links.items()]
        return bundle | {"entry": [*matches, _outcome(answer)]}


def _outcome(answer: Answer) -> JSON:
    issues = [_issue("information", "informational", answer.statement)]
    issues += [
        _issue("warning", "incomplete", f"entries {lost}: lost with a database")
        for lost in (() if answer.checked is None else answer.checked.lost)
    ]
    issues += [
        _issue("warning", "incomplete", f"entry {one.entry}: {one.message}")
        for one in answer.discrepancies
    ]
    resource: JSON = {"resourceType": "OperationOutcome", "issue": issues}
    return {"resource": resource, "search": {"mode": "outcome"}}


def _issue(severity: str, code: str, text: str) -> JSON:
    return {"severity": severity, "code": code, "details": {"text": text}}
