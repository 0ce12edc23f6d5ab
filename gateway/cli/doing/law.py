"""What `caf-gateway policy activate | rehearse | publish` does with bundles of law."""

from pathlib import Path

from gateway import settings
from gateway.activation import Proposed
from gateway.cli.doing.dates import day
from gateway.composition import open_gateway
from gateway.days import day_begins
from gateway.errors import RequestError
from gateway.registers import Policy
from gateway.replaying.rehearsal import Change, Rehearsal, Under, rehearse
from policies import agreements as agreed
from policies import rules
from policies.agreements import Agreements
from policies.cedar import publishing
from policies.decision import Bundle


def propose(home: Path | None, folder: Path, by: str) -> Proposed:
    """Propose the bundle in *folder* for activation; return what it changes."""
    law = rules.load(folder)
    with open_gateway(settings.load(home)) as gateway:
        return gateway.law_activation().propose(law, by)


def approve(home: Path | None, digest: str, by: str) -> Policy:
    """Bring the proposed bundle with this *digest* into force."""
    with open_gateway(settings.load(home)) as gateway:
        return gateway.law_activation().approve(digest, by)


def rehearsed(home: Path | None, planned: Path, since: str) -> Rehearsal:
    """Return what would become of the decisions recorded since a day under what is *planned*.

    That is a folder of law, or the file of an agreement, which then is as if it were active.
    """
    on = day(since)
    if on is None:
        message = "a rehearsal begins on a day"
        raise RequestError(message)
    with open_gateway(settings.load(home)) as gateway:
        rulebook = gateway.office.rulebook
        if planned.is_dir():
            under = Under(bundle=Bundle.load(planned), agreements=rulebook.agreements)
        else:
            under = _with_agreement(planned, rulebook.bundle, rulebook.agreements)
        return rehearse(gateway.office, under, day_begins(on))


def _with_agreement(file: Path, bundle: Bundle, known: Agreements) -> Under:
    new = agreed.read(file)
    return Under(bundle=bundle, agreements=known.with_version(new), on=new.effective_on)


def publish(home: Path | None, folder: Path) -> tuple[str, ...]:
    """Write the law and the agreements in force into *folder* as Cedar; return the files' names."""
    with open_gateway(settings.load(home)) as gateway:
        rulebook = gateway.office.rulebook
        files = publishing.publish(rulebook.bundle.law, rulebook.agreements, folder)
    return tuple(str(file.relative_to(folder)) for file in files)


def shown(proposed: Proposed) -> str:
    """Return in words what a proposed bundle changes, and what approves it."""
    return (
        f"{proposed.difference.text}{told(proposed.rehearsal)}\n"
        f"Another officer activates it with --approve {proposed.digest}"
    )


def told(found: Rehearsal) -> str:
    """Return in words what a rehearsal found."""
    lines = [
        f"{one.change}: {one.category} to {one.recipient}, {one.before} by "
        f"{', '.join(one.rules_before)} becomes {one.after} by {', '.join(one.rules_after)}: "
        f"{one.count} times, entries {', '.join(map(str, one.entries))}"
        for one in found.shifts
    ]
    counts = ", ".join(f"{found.total(change)} {change}" for change in Change)
    erased = f", {found.erased} entries erased" if found.erased else ""
    said = f"{found.decided} decisions since {found.since:%d %B %Y}{erased}: {found.changed} differ"
    return "\n".join([*lines, f"{said} ({counts})"])
