"""What `caf-gateway import` does."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.contract import Destination, Outcome
from gateway import settings
from gateway.cli.reports import table
from gateway.composition import open_gateway
from gateway.errors import RequestError
from gateway.importing.importer import Importer, Order, Progress
from gateway.importing.listing import listing
from gateway.importing.records import BigFile
from gateway.importing.report import WHOLE_FILE, Line, Report
from gateway.storage.database import with_cache

_CACHE_KIB: Final = 4 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, in the words of the options."""

    format: str
    file: Path
    sender: str
    to: tuple[str, ...]
    use_case: str | None
    resume: bool
    report: Path | None
    by: str


def run(home: Path | None, asked: Asked) -> Report:
    """Import the file; raises as `Importer.run` does."""
    order = Order(
        file=BigFile.at(asked.file),
        format=asked.format,
        sender=asked.sender,
        by=asked.by,
        destinations=tuple(map(_destination, asked.to)),
        use_case=asked.use_case,
        resume=asked.resume,
    )
    with (
        _written(asked.report) as tell,
        open_gateway(_sparing(settings.load(home))) as gateway,
        _watched(order.file.size) as watch,
    ):
        importer = Importer(exchange=gateway.exchange, order=order, tell=tell, watch=watch)
        return asyncio.run(importer.run())


def _sparing(found: settings.Settings) -> settings.Settings:
    """Return the settings for one who writes in small batches, and wants little memory."""
    url = with_cache(found.database_url, _CACHE_KIB)
    return found.model_copy(update={"database_url": url})


def _destination(text: str) -> Destination:
    system, bar, value = text.partition("|")
    if not (system and bar and value):
        message = "a service that the file is for is given as SYSTEM|VALUE"
        raise RequestError(message)
    return Destination(system, value)


@contextmanager
def _written(path: Path | None) -> Iterator[Callable[[Line], None]]:
    """Write lines beside *path*, and put them there in the end, if there are any.

    So an import that is refused leaves the report of an earlier one as it is.
    """
    if path is None:
        yield lambda _line: None
        return
    unfinished = path.with_name(f"{path.name}.new")
    last: Line | None = None
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            lines = listing(path, file)

            def add(line: Line) -> None:
                nonlocal last
                lines.add(line)
                last = line

            yield add
    finally:
        if last is not None:
            unfinished.replace(path)
        else:
            unfinished.unlink(missing_ok=True)


@contextmanager
def _watched(size: int) -> Iterator[Callable[[Progress], None]]:
    """Show on standard error how far it has come, where that is a terminal."""
    from rich.console import Console  # noqa: PLC0415 - for this command alone
    from rich.progress import (  # noqa: PLC0415 - the same
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bar  # noqa: PLC0415 - the same

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.fields[records]} records"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=size, records=0)
        yield lambda at: bar.update(task, completed=at.done, records=at.records)


def is_good(report: Report) -> bool:
    """Whether all of the file was taken in."""
    return report.outcome is not Outcome.REJECT and not report.rejected


def told(report: Report) -> str:
    """Return the report for people."""
    lines = [
        f"{report.outcome.value}: {_counted(report)}",
        f"recorded as entry {report.entry} of the log, for the file {report.file_sha256}",
        f"{report.size / 1e6:.1f} MB in {report.seconds} s: {_speed(report)}",
    ]
    if report.stopped is not None:
        where = report.stopped.where or "its beginning"
        lines.append(f"stopped at {where}, after record {report.records}: {report.stopped.message}")
    if report.next_step:
        lines.append(report.next_step)
    return "\n".join(lines) + "\n" + (_kinds(report) if report.kinds else "")


def _counted(report: Report) -> str:
    before = f", {report.repeated} were in before" if report.repeated else ""
    return f"{report.taken} records taken in{before}, {report.rejected} rejected"


def _speed(report: Report) -> str:
    return f"{report.records_a_second} records and {report.megabytes_a_second} MB a second"


def _kinds(report: Report) -> str:
    columns = ("severity", "code", "found", "first in", "at", "what to do")
    rows = (
        (
            one.severity.value,
            one.code,
            str(one.count),
            "the file" if one.record == WHOLE_FILE else f"record {one.record}",
            one.where,
            one.message,
        )
        for one in report.kinds
    )
    return table(columns, rows)
