"""What can go wrong between bytes and records, and where.

    AdapterError
      MalformedPayloadError    not JSON, not XML, or not in an encoding that is read
      InvalidRecordError       well-formed, and not what the format's rules allow
      UnsupportedFormatError   a format, version or direction that is not offered
      TooLargeError            beyond a limit of size, depth or number
      UnknownAdapterError      no adapter of that name is installed or allowed
      AdapterClashError        two adapters for one name or one media type
      UntrustedAdapterError    not the code that was allowed

None of them ever holds what the payload says: a code, a place, and whose turn it is.
"""

from typing import Final

EMPTY: Final = "the file is empty: the sender has to send it again, with what it is to say"
"""The message of the error of a payload that holds nothing, in whatever format."""


class AdapterError(Exception):
    """Something that an adapter could not do, with a stable *code* and *where* it lies.

    *where* is a JSON pointer, a FHIRPath or `line:column`; it may be empty for the whole.

    >>> error = AdapterError("the message has no header", "no-header", where="Bundle.entry[0]")
    >>> str(error), error.code, error.where
    ('the message has no header', 'no-header', 'Bundle.entry[0]')
    """

    def __init__(self, message: str, code: str, *, where: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.where = where


class MalformedPayloadError(AdapterError):
    """The bytes are not JSON, not XML, or not in an encoding that is read."""


class InvalidRecordError(AdapterError):
    """The payload is well-formed, and breaks a rule of its format."""


class UnsupportedFormatError(AdapterError):
    """The format, its version or the direction is not offered."""


class TooLargeError(AdapterError):
    """The payload is beyond a limit of size, depth or number."""


class UnknownAdapterError(AdapterError):
    """No adapter of that name is installed, or it is not allowed here."""


class AdapterClashError(AdapterError):
    """Two adapters claim one name or one media type, or one claims a name that is not its own."""


class UntrustedAdapterError(AdapterError):
    """An adapter's code is not the code that was allowed."""
