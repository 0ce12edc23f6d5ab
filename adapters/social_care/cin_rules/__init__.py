"""Rules of our own over a child's record and a return, each with the Department's rule code."""

from adapters.social_care.cin_rules import child, episode, parts
from adapters.social_care.cin_rules.rule import Broken, Record, Rule, broken, codes

__all__ = ["Broken", "Record", "Rule", "broken", "child", "codes", "episode", "parts"]
