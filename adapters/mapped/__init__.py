"""Adapters that are data: a format that one mapping says all of, read and written.

    from adapters.mapped import XML, MappedAdapter, mapped

    def adapter() -> MappedAdapter:
        return mapped(__package__, name="acme", media_type=..., form=XML(root="Referral"))

Beside `adapters.contract` this is what a third party's adapter is made of: it opens no file and
parses no bytes itself, so that hostile input meets the same bounds as everywhere else.
"""

from adapters.mapped.adapter import MappedAdapter, mapped
from adapters.mapped.forms import CSV, JSON, XML, Form

__all__ = ["CSV", "JSON", "XML", "Form", "MappedAdapter", "mapped"]
