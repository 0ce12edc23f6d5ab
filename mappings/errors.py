"""What can go wrong between a record and the CAF, and between a mapping's file and its schemas.

    MappingError
      MappingSyntaxError   a mapping's file that is not in the language
      UnknownPathError     a path that is in neither schema, with the path that would be right
      SchemaError          an XML schema that uses what is not read here
      CodeTableError       a code table that is not total, not one-to-one, or not well formed
      UnreadableError      a value that a value function cannot read, or cannot write

The first four name a file and a line, and are met when a mapping is loaded. The last is met while
a record is read: it says what is wrong, and never what was given.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class MappingError(Exception):
    """Whatever a mapping could not do."""


class MappingSyntaxError(MappingError):
    """A mapping's file that is not in the language."""


class UnknownPathError(MappingError):
    """A path of a mapping that the CAF, or the other format, does not have."""


class SchemaError(MappingError):
    """A schema that cannot be taken as the shape of a format."""


class CodeTableError(MappingError):
    """A code table that breaks its own rules."""


class UnreadableError(MappingError):
    """A value that a value function does not read, or that a format cannot carry."""


def suggestion(path: str, known: Iterable[str]) -> str:
    """Return the path of *known* that would be right in place of *path*, ready to append.

    The same name in another place is likelier to be meant than another name.

    >>> suggestion("Ethnicity", ["Surname", "BasicDetails/Ethnicity"])
    ', did you mean `BasicDetails/Ethnicity`'
    >>> suggestion("Shoe", ["Surname"])
    ''
    """
    every = list(known)
    name = path.rpartition("/")[2]
    same = [one for one in every if one.rpartition("/")[2].lower() == name.lower()]
    close = same or get_close_matches(path, every, n=1, cutoff=0.6)
    return f", did you mean `{min(close, key=len)}`" if close else ""
