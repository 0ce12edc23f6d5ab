"""Strategies of CAFs: those of the conformance kit, which anybody's tests may draw from."""

from adapters.testing.cafs import IDS, MOST_ITEMS, assessments, canary_assessments

__all__ = ["IDS", "MOST_ITEMS", "assessments", "canary_assessments"]
