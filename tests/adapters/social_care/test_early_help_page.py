"""The page about the early-help format: its document is one, and it names every part."""

import re
from datetime import UTC, datetime
from pathlib import Path

from adapters.contract import Envelope, Outcome
from adapters.social_care.early_help import MEDIA_TYPE, EarlyHelpAdapter
from mappings.early_help.record import EarlyHelp

PAGE = (Path(__file__).parents[3] / "docs" / "early-help-format.md").read_text(encoding="utf-8")


def test_the_document_on_the_page_is_accepted_without_a_finding():
    (document,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    envelope = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 6, 1, tzinfo=UTC))
    received = EarlyHelpAdapter().read(document.encode(), envelope)
    assert (received.outcome, received.findings) == (Outcome.ACCEPT, ())


def test_the_page_names_every_part_of_the_format_and_its_media_type():
    assert [name for name in EarlyHelp.__struct_encode_fields__ if f"`{name}`" not in PAGE] == []
    assert MEDIA_TYPE in PAGE
