"""What `caf-gateway policy check | diff` reports: proofs about rules, and what versions change."""

from collections.abc import Iterator
from pathlib import Path

from gateway import examining
from gateway.agreements import examining as examining_agreements
from gateway.days import uk_day
from gateway.errors import RequestError
from gateway.ports import Ports
from policies import agreements, rules
from policies.proving.check import Checked, Report, Surveyed
from policies.proving.difference import Change, Difference, Way
from policies.proving.proof import Proof


def plain(report: Report) -> dict[str, object]:
    """Return *report* as plain data, each claim with whether it was proved."""
    return {
        "law": report.law,
        "digest": report.digest,
        "agreements": report.agreements,
        "days": [
            {
                "as_of": day.as_of,
                "claims": [_claim(proof) for proof in day.proofs],
            }
            for day in report.days
        ],
        "surveys": report.surveys,
    }


def told(report: Report, *, brief: bool) -> Iterator[str]:
    """Yield *report* in lines, *brief* or whole; the last one counts."""
    under = f" and {', '.join(report.agreements)}" if report.agreements else ""
    yield f"law {report.law} {report.digest[:12]}{under}"
    for day in report.days:
        yield from _day(day, brief=brief)
    for survey in report.surveys:
        yield from _survey(survey, brief=brief)
    proofs = [proof for day in report.days for proof in day.proofs]
    yield f"{len(proofs) - len(report.false)} proved, {len(report.false)} false"


def difference(old: Path, new: Path) -> Difference:
    """Return what *new* changes in the place of *old*: two folders of law, or two agreements.

    It is as of today, or of the day on which the new one begins. Raises `DocumentError` for what
    does not hold together, `RequestError` where the two are not of one kind.
    """
    if old.is_dir() is not new.is_dir():
        message = "law is compared with law, and an agreement with an agreement"
        raise RequestError(message)
    today = uk_day(Ports().now())
    if new.is_dir():
        before, after = rules.load(old), rules.load(new)
        return examining.changed(before, after, max(today, before.begins, after.begins))
    was, is_now = agreements.read(old), agreements.read(new)
    on = max(today, is_now.effective_on)
    return examining_agreements.changed(rules.shipped(), was, is_now, on)


def differing(found: Difference) -> Iterator[str]:
    """Yield *found* in lines: what is approved, an example of each change, and the digest."""
    yield from found.text.splitlines()
    for change in found.changes:
        for way in change.ways:
            yield from _example(change, way)
    for duty in found.duties:
        yield f"{duty}, for example for {duty.category} where {', '.join(duty.because)}"
    yield f"digest: {found.digest}"


def _claim(proof: Proof) -> dict[str, object]:
    return {
        "name": proof.name,
        "proved": proof.holds,
        "sentence": proof.sentence,
        "source": proof.source,
        "counterexample": proof.counterexample,
        "idle": proof.idle,
    }


def _day(day: Checked, *, brief: bool) -> Iterator[str]:
    yield f"on {day.as_of.isoformat()}"
    for proof in day.proofs:
        if brief and proof.holds and not proof.idle:
            continue
        yield f"  {'proved' if proof.holds else 'FALSE '} {proof.name}: {proof.sentence}"
        if proof.counterexample is not None:
            yield f"         {proof.counterexample}"
        yield from (f"         no case needs the exception: {reads}" for reads in proof.idle)


def _survey(survey: Surveyed, *, brief: bool) -> Iterator[str]:
    coverage = survey.coverage
    yield f"of the rules in force from {survey.begins.isoformat()}"
    yield from (f"  unreachable: {one}" for one in coverage.unreachable)
    yield from (f"  said twice: {one}" for one in coverage.duplicates)
    for one in () if brief else coverage.conflicts:
        yield f"  decided by order: {one}, where {', '.join(one.because)}"


def _example(change: Change, way: Way) -> Iterator[str]:
    yield f"{change.shift}: {change.category}, {way}, for example where {', '.join(way.because)}"
