"""`caf-gateway demo`: the whole story on the embedded default, then how to look at it."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJSON

Keep = Annotated[
    Path | None,
    typer.Option("--keep", help="Keep what it makes in this new folder.", show_default=False),
]


def demo(*, keep: Keep = None, as_json: AsJSON = False) -> None:
    """Tell one referral's whole story: received, shared as far as it may be, and proved."""
    if keep is not None and keep.exists() and any(keep.iterdir()):
        typer.echo("caf-gateway: the folder to keep is not empty: name a new one", err=True)
        raise typer.Exit(2)
    if keep is not None:
        _tell(keep.absolute(), as_json=as_json, is_kept=True)
        return
    with tempfile.TemporaryDirectory(prefix="caf-gateway-") as folder:
        _tell(Path(folder), as_json=as_json, is_kept=False)


def _tell(home: Path, *, as_json: bool, is_kept: bool) -> None:
    import msgspec  # noqa: PLC0415 - imported when asked for
    from rich.console import Console  # noqa: PLC0415 - imported when asked for

    from gateway.demo import story, telling  # noqa: PLC0415 - imported when asked for
    from gateway.observability import configure  # noqa: PLC0415 - imported when asked for

    home.mkdir(parents=True, exist_ok=True)
    with (home / "gateway.log").open("w", encoding="utf-8") as log:
        configure(log)
        told = story.tell(home)
    if as_json:
        typer.echo(msgspec.json.encode(told).decode())
    else:
        command = os.path.relpath(sys.argv[0])
        telling.tell(told, Console(highlight=False), command=command, is_kept=is_kept)
