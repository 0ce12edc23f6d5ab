"""What `caf-gateway map try` does: a mapping is tried on a file, with no gateway."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from adapters.media_types import looks_like
from gateway.cli.doing.adapter import content_of
from gateway.errors import RequestError
from gateway.ports import Ports
from gateway.scaffolding import packages
from gateway.trying import Recipient, Trial, try_out


def attempt(named: str, file: Path, to: Recipient | None) -> Trial:
    """Return what the adapter *named*, or in that folder, makes of *file*, and what *to* would get.

    Raises `RequestError` where there is no such adapter.
    """
    content = content_of(file)
    with packages.find(named).adapter() as adapter:
        return try_out(
            adapter, content, looks_like(content, adapter.media_types), Ports().now(), to
        )


def facts(texts: Iterable[str]) -> dict[str, str]:
    """Return the facts that *texts* write as NAME=VALUE, or raise `RequestError`."""
    found = {}
    for text in texts:
        name, is_given, value = text.partition("=")
        if not is_given:
            message = "a fact is written as NAME=VALUE"
            raise RequestError(message)
        found[name] = value
    return found


def leaves(trial: Trial) -> Iterator[tuple[str, ...]]:
    """Yield a row for each leaf of each child: place, fate, element, and how or why."""
    for of_child in trial.leaves:
        for one in of_child:
            yield one.place, one.fate.value, one.element or "", one.note or ""


def releases(trial: Trial) -> Iterator[tuple[str, ...]]:
    """Yield a row for each answer about an element: what is released, and why.

    An element has several where its statements met different fates, as by their labels.
    """
    every = (one for of_child in trial.releases for one in of_child)
    yield from dict.fromkeys((one.element, one.outcome, one.sentence) for one in every)


def in_words(trial: Trial) -> str:
    """Return outcome, findings and counts, for people."""
    counts = ", ".join(f"{count} {fate}" for fate, count in trial.counts().items())
    found = [
        f"  {one.severity.value}: {one.message} [{one.code}] {one.where}".rstrip()
        for one in trial.findings
    ]
    return "\n".join([f"{trial.outcome.value}: {counts}", *found])
