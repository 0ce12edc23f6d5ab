"""What `caf-gateway attachment` does."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from gateway import observability, settings
from gateway.attachments import listing
from gateway.attachments.listing import Listed
from gateway.attachments.scanner import Verdict
from gateway.attachments.scanning import NOT_SCANNED
from gateway.composition import open_gateway
from gateway.working import require_known

COLUMNS: Final = ("attachment", "message", "kind", "bytes", "state", "entry", "scanned")


class Scanned(Struct, frozen=True, kw_only=True):
    """How many attachments came to which end."""

    clean: int
    infected: int
    not_scanned: int


def listed(home: Path | None, child_id: str, by: str) -> tuple[Listed, ...]:
    """Return the attachments of a child, for the officer *by*."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        return listing.of_child(gateway.office, child_id, by=by)


def scanned(home: Path | None) -> Scanned:
    """Have the attachments that are due scanned."""
    observability.configure()
    with open_gateway(settings.load(home)) as gateway:
        ends = gateway.scanning().run()
    return Scanned(
        clean=ends[Verdict.CLEAN],
        infected=ends[Verdict.INFECTED],
        not_scanned=ends[NOT_SCANNED],
    )


def cells(row: Listed) -> tuple[str, ...]:
    """Return *row* as the cells of a table."""
    scanned_in = "" if row.scanned is None else str(row.scanned)
    return (
        row.id,
        row.message,
        row.media_type,
        str(row.size),
        row.state,
        str(row.entry),
        scanned_in,
    )


def in_words(report: Scanned) -> str:
    """Return the report for people."""
    return f"{report.clean} clean, {report.infected} infected, {report.not_scanned} not scanned"
