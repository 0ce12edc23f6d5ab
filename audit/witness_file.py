"""What a witness remembers, as one small file: the note of each log that it cosigned last.

    c2sp.org/tlog-witness cosigned

    example.org/log
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.org/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9…
    — witness.example/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2…

A line of its own name, and the notes, with an empty line after each. A witness that lost this
file must not begin anew under the same key: it would cosign a log that was rolled back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit import durable
from audit.errors import WitnessError

MAX_FILE_BYTES: Final = 4 * 2**20

_HEADER: Final = b"c2sp.org/tlog-witness cosigned"


@dataclass(frozen=True, slots=True)
class WitnessFile:
    """The file at *path*, as the memory of one `audit.witness.Witness`."""

    path: Path

    def read(self) -> tuple[bytes, ...]:
        """Return the notes in the file; raises `OSError`, and `WitnessError` if it is malformed."""
        with self.path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        header, *parts = data.split(b"\n\n")
        texts, lines = parts[0:-1:2], parts[1:-1:2]
        notes = tuple(
            b"%b\n\n%b\n" % (text, signed) for text, signed in zip(texts, lines, strict=False)
        )
        if header != _HEADER or len(data) > MAX_FILE_BYTES or _encode(notes) != data:
            message = "the file of what a witness remembers is malformed, or too long"
            raise WitnessError(message)
        return notes

    def write(self, notes: Sequence[bytes]) -> None:
        """Have the file hold *notes*, whatever happens from here on, or raise `OSError`."""
        durable.write(self.path, _encode(notes))


def _encode(notes: Sequence[bytes]) -> bytes:
    return _HEADER + b"\n\n" + b"".join(b"%b\n" % note for note in notes)
