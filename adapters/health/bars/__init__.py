"""BaRS: booking and referral messages of the National Health Service, as one CAF a child."""

from adapters.health.bars.adapter import BaRSAdapter

__all__ = ["BaRSAdapter"]
