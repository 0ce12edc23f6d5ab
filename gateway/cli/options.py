"""Options that many commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """How a list of the log's entries is given."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    FHIR = "fhir"
    ACCOUNTING = "accounting"
    ACCOUNTING_OFFICER = "accounting-officer"


Home = Annotated[
    Path | None,
    typer.Option("--home", help="The gateway's folder (or CAF_GATEWAY_HOME).", show_default=False),
]
AsJSON = Annotated[bool, typer.Option("--json", help="Report as JSON.")]
By = Annotated[str, typer.Option(help="Who does this: the id of a practitioner.")]
ByOperator = Annotated[str, typer.Option(help="Who does this: a practitioner, or the operator.")]
Child = Annotated[str, typer.Argument(help="The child's id in this gateway.")]
Until = Annotated[str | None, typer.Option(help="The day on which it ends, as 2026-11-30.")]
Source = Annotated[str, typer.Option(help="Where it comes from: a paper, a register, a person.")]
Reason = Annotated[str, typer.Option(help="Why, in your own words; kept sealed.")]
