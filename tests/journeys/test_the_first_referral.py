"""The page `docs/first-referral.md`, typed as it stands: every command works."""

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/first-referral.md").read_text(encoding="utf-8")


@pytest.fixture
def typed(tmp_path):
    """Type all that the page says, in a folder that looks like the repository."""
    if shutil.which("curl") is None:
        pytest.skip("needs curl: install it with apt-get install curl")
    for folder in ("adapters", "docs", "gateway", "policies"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    tools = tmp_path / ".venv/bin"
    tools.mkdir(parents=True)
    (tools / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    program = "from gateway.cli import main; main()"
    (tools / "caf-gateway").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c \'{program}\' "$@"\n'
    )
    for tool in tools.iterdir():
        tool.chmod(0o755)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    commands = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
    done = subprocess.run(
        [
            "bash",
            "-euc",
            "trap 'kill $(jobs -p)' ERR\n"
            + commands.replace("127.0.0.1:8080", f"127.0.0.1:{port}"),
        ],
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "CAF_GATEWAY_PORT": str(port),
            "CAF_GATEWAY_BASE_URL": f"http://127.0.0.1:{port}",
        },
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_command_of_the_page_does_what_the_page_says(typed):
    assert typed.count("ok  ") == 9
    assert "WRONG" not in typed
    assert "HTTP/1.1 200 OK" in typed
    for fate in ("queued:", "nothing is released", "a person is looking"):
        assert fate in typed
    assert "2 delivered" in typed
    assert typed.count(".receipt.json\n") == 2
