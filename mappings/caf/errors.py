"""What the common model refuses.

    CAFError (a ValueError)
      IdentifierError    not an identifier of its scheme
      CodeError          no such code system, code, or mapping between two systems

Messages say what is wrong and where, never what was given.
"""


class CAFError(ValueError):
    """Something that the common model refuses."""


class IdentifierError(CAFError):
    """A text that is not an identifier of the scheme it is said to be of."""


class CodeError(CAFError):
    """A code system, a code or a mapping between code systems that there is not."""
