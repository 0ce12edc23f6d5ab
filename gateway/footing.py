"""What a release stands on, for its entry: the lawful basis, and why it is without consent."""

from collections.abc import Iterator
from typing import Final

from audit.encoding import Writable
from gateway.casefile import bearing_on
from gateway.disclosing import Release
from gateway.facts.standing import newest_of_each
from gateway.rulebook import Verdict
from policies.footing import Footing, founding, shipped

_JUDGED: Final = frozenset({"E15", "E16"})
"""The permits for which a practitioner's judgement may say why consent is not relied on."""


def stands_on(release: Release) -> dict[str, Writable]:
    """Return the fields that say what *release* stands on; none where nothing is released."""
    found = tuple(dict.fromkeys(_footings(release))) if release.is_anything else ()
    if not found:
        return {}
    fields: dict[str, Writable] = {"lawful_basis": [_written(one) for one in found]}
    reasons = sorted({one.without_consent for one in found if one.without_consent})
    return fields | ({"without_consent": reasons} if reasons else {})


def _footings(release: Release) -> Iterator[Footing]:
    for verdict in release.verdicts:
        rules = {
            rule
            for matter in release.shown
            if release.governing[matter] is verdict
            for rule in verdict.on(matter.categories).rules
        }
        if rules:
            founded = founding(rules, verdict.decision, verdict.facts)
            judged = _judged(verdict) if founded & _JUDGED else ""
            yield from shipped().of(founded, verdict.facts, verdict.agreement, judged)


def _judged(verdict: Verdict) -> str:
    """Return why consent is not relied on, as the practitioner said who judged, if they did."""
    question = verdict.question
    matters = newest_of_each(bearing_on(question, verdict.case), question.asked_at)
    judgements = matters.get("judgement", {}).values()
    newest = max(judgements, key=lambda fact: fact.at, default=None)
    return "" if newest is None else newest.without_consent


def _written(footing: Footing) -> Writable:
    told: dict[str, Writable] = {
        "article_6": list(footing.article_6),
        "article_9": list(footing.article_9),
        "schedule_1": footing.schedule_1,
        "provisions": list(footing.provisions),
        "agreement": footing.agreement,
    }
    return {name: value for name, value in told.items() if value}
