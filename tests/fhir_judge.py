"""Another project's validator of FHIR (npm `fhir`, Lantana): base structure, required bindings.

    assert faults([payload.content]) == [[]]

It is asked of many payloads at once, because starting it takes a second. Tests that use it are
marked `@pytest.mark.xdist_group("fhir")`, and skip in one line where it cannot be installed.
"""

import json
import subprocess
from collections.abc import Sequence

import foreign

_SECONDS = 120


def faults(payloads: Sequence[bytes]) -> list[list[str]]:
    """Return for each of *payloads*, JSON or XML, the errors that the validator finds."""
    folder = foreign.npm("fhir").parent
    given = [{"text": one.decode(), "isXml": one.lstrip().startswith(b"<")} for one in payloads]
    done = subprocess.run(
        [foreign.node(), folder / "judge.js"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found
