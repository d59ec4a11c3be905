"""A deterministic generator of a believable industry: landing files of any size, in known numbers.

The same seed gives the same files.
May import: the modules at the top of `car`. No other package.
"""

from .expected import Expected, FeedCounts, Rates
from .simulation import simulate

__all__ = ["Expected", "FeedCounts", "Rates", "simulate"]
