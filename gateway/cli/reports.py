"""What commands report with `--json`."""

import msgspec


def to_json(value: object) -> str:
    """Return *value* (dataclasses and Structs too) as JSON, indented for people."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def to_line(value: object) -> str:
    """Return *value* as JSON on one line."""
    return msgspec.json.encode(value).decode()
