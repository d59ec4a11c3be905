"""A deterministic generator of a believable industry: landing files of any size, in known numbers."""

from .expected import Expected, FeedCounts, Rates
from .simulation import simulate

__all__ = ["Expected", "FeedCounts", "Rates", "simulate"]
