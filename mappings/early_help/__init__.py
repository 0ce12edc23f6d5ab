"""The early-help record: the form in which councils, schools and charities exchange a CAF.

`record` holds the document's types, in the form's own words; `translation` leads to the CAF and
from it; `account` says of every leaf of a document what became of it.
"""
