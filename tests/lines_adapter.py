"""A format of big files for tests: each line is an early-help document, a child by itself."""

import json

from adapters.contract import Piece, Portion
from adapters.errors import InvalidRecordError
from adapters.social_care.early_help import EarlyHelpAdapter

STOP = b"stop\n"


class LinesAdapter(EarlyHelpAdapter):
    """Reads files of lines; a line `stop` is where one stops being of the format."""

    def stream(self, file, envelope):
        for line in file:
            if line == STOP:
                message = "the sender has to send documents"
                raise InvalidRecordError(message, "no-document", where="line")
            received = self.read(line, envelope)
            (reading,) = received.readings
            yield Portion(received.findings, reading, received.message)

    def pieces(self, file):
        offset = 0
        for number, line in enumerate(file, start=1):
            if line != STOP:
                yield Piece(content=line, offset=offset, line=number, head=b"", tail=b"")
            offset += len(line)


def a_line(child: str, name: str = "Ada") -> bytes:
    """Return the line of a child whom its sender calls *child*."""
    document = {
        "format": "early-help/1",
        "message": {"id": f"m-{child}-{name}", "sender_child_id": child},
        "child": {"names": [{"text": name}]},
    }
    return json.dumps(document).encode() + b"\n"
