"""Telling the story to a person: an information governance officer, say, at a terminal."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.composition import DELIVERIES
from gateway.demo.story import Story
from gateway.requests import DestinationOutcome, ElementOutcome, Fate

_Scene: TypeAlias = Callable[[Story, Console], None]

_STYLES = {"sent": "green", "reduced": "yellow", "withheld": "red", "referred": "magenta"}
_FATES = {
    Fate.QUEUED: "gets its view",
    Fate.QUEUED_IN_PART: "gets a part, waits",
    Fate.NOTHING_RELEASED: "is refused",
    Fate.WITH_A_PERSON: "waits for a person",
    Fate.UNKNOWN_RECIPIENT: "is not known here",
}


def tell(story: Story, console: Console, *, command: str, is_kept: bool) -> None:
    """Print *story*, scene by scene, then how to look at it with *command*, the command line's."""
    scenes: tuple[tuple[str, _Scene], ...] = (
        ("A referral arrives", _arrival),
        ("Each element is decided for each recipient", _decisions),
        ("Why: one sentence for each rule that decided", _sentences),
        ("A statement about the father is reduced", _reduction),
        ("What reached whom, and what proves it", _deliveries),
        ("One question waited for a person", _question),
        ("The mother withdraws consent to share with the school", _withdrawal),
        ("The log verifies, and one changed byte is found", _log),
        ("A witness cosigns the log, and no other history of it", _witness),
        ("Round trip", _round_trip),
        ("The child is erased, and the log still verifies", _erasure),
        ("How to look", partial(_look, command=command, is_kept=is_kept)),
    )
    for number, (title, scene) in enumerate(scenes, start=1):
        console.print()
        console.print(Text(f"{number}. {title}", style="bold"))
        scene(story, console)
    console.print()


def _say(console: Console, *paragraphs: str) -> None:
    for paragraph in paragraphs:
        console.print(Padding(Text(paragraph), (0, 0, 0, 2)))


def _arrival(story: Story, console: Console) -> None:
    arrival, counts = story.arrival, story.arrival.fidelity
    _say(
        console,
        f"Agreement {story.agreement.agreement} is in force: signed for its "
        f"{len(story.agreement.signed_for)} parties, proved, and activated by two officers, "
        f"{' and '.join(story.agreement.approved_by)}.",
        f"{arrival.sender} sends a BaRS message about a 4-year-old: {arrival.bytes:,} bytes, kept "
        f"as received, SHA-256 {arrival.sha256[:16]}… Everybody in it is invented.",
        f"Read into the CAF: {arrival.items} items. Of its fields {counts['kept']} are kept, "
        f"{counts['changed']} changed, {counts['lost']} lost with a reason, {counts['unmapped']} "
        f"not mapped; these stay with the original and are never shared. Log entry "
        f"{arrival.entry}.",
    )


def _decisions(story: Story, console: Console) -> None:
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("Element")
    for outcome in story.outcomes:
        name = story.services.get(outcome.service_id or "", outcome.destination.value)
        table.add_column(f"{name}\n{_FATES[outcome.fate]}")
    for element, title in _elements(story.outcomes).items():
        cells = [_cell(outcome, element) for outcome in story.outcomes]
        table.add_row(title, *cells)
    console.print(table)


def _elements(outcomes: tuple[DestinationOutcome, ...]) -> dict[str, str]:
    return {row.element: _short(row.title) for one in outcomes for row in one.elements}


def _short(title: str) -> str:
    return title.partition(",")[0]


def _cell(outcome: DestinationOutcome, element: str) -> Text:
    cell = Text()
    for row in outcome.elements:
        if row.element == element:
            cell.append("\n" if cell else "")
            cell.append(row.outcome, style=_STYLES[row.outcome])
            cell.append(f" {' '.join(row.rules)}", style="dim")
    return cell


def _sentences(story: Story, console: Console) -> None:
    told: dict[tuple[str, ...], ElementOutcome] = {}
    for outcome in story.outcomes:
        for row in outcome.elements:
            told.setdefault((row.outcome, *row.rules), row)
    for row in told.values():
        line = Text()
        line.append(f"{row.outcome} {' '.join(row.rules)}", style=_STYLES[row.outcome])
        line.append(f"  {row.sentence}")
        console.print(Padding(line, (0, 0, 0, 2)))


def _reduction(story: Story, console: Console) -> None:
    _say(
        console,
        f"said:  {story.reduction.said}",
        f"given: {story.reduction.given}",
        "He did not give this consent: only what its author wrote to be shared goes on.",
    )


def _deliveries(story: Story, console: Console) -> None:
    for delivery in story.deliveries:
        proof = "its receipt proves it" if delivery.receipt_holds else "ITS RECEIPT FAILS"
        _say(
            console,
            f"{delivery.service}: {delivery.bytes:,} bytes, log entry {delivery.entry}; {proof}",
        )
    _say(
        console,
        "Before each was sent the gateway verified, in memory, the log's signature, the entry, "
        "the recipient and the payload's hash. A receipt opens its own recipient's part alone.",
    )


def _question(story: Story, console: Console) -> None:
    question = story.question
    _say(
        console,
        f"{question.recipient}: {question.asked}",
        f"Owner: {question.owner.replace('_', ' ')}, due in {question.due_in_hours} hours. "
        f"Answered: {question.answered}.",
        f"Decided again: {question.released_to} gets its view. Log entry {question.entry}.",
    )


def _withdrawal(story: Story, console: Console) -> None:
    withdrawal = story.withdrawal
    _say(
        console,
        f"Before, the school asks and sees {withdrawal.items_before} items. Then "
        f"{withdrawal.by} withdraws; the school asks again and sees {withdrawal.items_after}.",
        "Both answers hold the same one sentence about all else, and so would an answer about a "
        f"child who is not known here. The refusal is log entry {withdrawal.entry}.",
    )


def _log(story: Story, console: Console) -> None:
    log, tampering = story.log, story.tampering
    kinds = ", ".join(f"{count} {kind}" for kind, count in log.types.items())
    verdict = "every entry verifies" if log.holds else "THE LOG DOES NOT VERIFY"
    _say(
        console,
        f"{log.entries} entries: {kinds}.",
        f"Checkpoint of {log.origin}: root {log.root[:16]}…: {verdict}.",
        f"In a copy of the database one byte of entry {tampering.entry} was changed. "
        f"Verification of the copy: {tampering.found}.",
        f"A gateway that is started on the copy refuses: {tampering.refused_to_open}.",
    )


def _witness(story: Story, console: Console) -> None:
    witness = story.witness
    word = "cosigns" if witness.cosigned else "DOES NOT COSIGN"
    _say(
        console,
        f"{witness.name}, which another body runs and which sees no entry, {word} the log's "
        f"{witness.entries} entries: it has only grown.",
        "Then the log's own key signs another history of the same length. The witness answers: "
        f"{witness.refusal}.",
    )


def _erasure(story: Story, console: Console) -> None:
    erasure = story.erasure
    log = "verifies, and holds all that it held" if erasure.holds else "DOES NOT VERIFY"
    receipt = "still verifies" if erasure.receipt_holds else "DOES NOT VERIFY"
    _say(
        console,
        f"Who was told what about this child? {erasure.listed_before} entries; "
        f"{erasure.statement}.",
        f"In a copy of the gateway the child's key and rows are destroyed, on authority of "
        f"{erasure.authority}, in one transaction with log entry {erasure.entry}. The same "
        f"question now finds {erasure.listed_after}.",
        f"The log, of {erasure.entries} entries, {log}; the health visitor's receipt {receipt}.",
    )


def _round_trip(story: Story, console: Console) -> None:
    trip = story.round_trip
    equal = "equal, byte for byte" if trip.same_bytes and trip.same_content else "NOT EQUAL"
    _say(console, f"The council's document, read and written again: {equal}.")


def _look(story: Story, console: Console, command: str, *, is_kept: bool) -> None:
    _say(console, f"All of it happened in {story.seconds} s, on one SQLite database.")
    home = story.home if is_kept else "DIR"
    if not is_kept:
        _say(
            console, "Its folder was temporary and is gone: `make demo DIR=folder` keeps one. Then"
        )
    lines = (
        f"ls {home}/{DELIVERIES}/*     what each recipient got, with its receipt beside it",
        f"{command} audit verify --home {home}",
        f"{command} audit search --type disclosure --home {home}",
        f"{command} audit export LOG --home {home}     for a verifier that others wrote",
        f"{command} demo --json     the same story as data",
    )
    for line in lines:
        console.print(f"  {line}", soft_wrap=True, markup=False)
