"""A deterministic generator of a believable industry: landing files of any size, in known numbers.

The same seed gives the same files.
May import: the modules at the top of `car`. No other package.
"""

from .expected import Expected, FeedCounts, Rates
from .months import Calendar, months_up_to
from .simulation import go_on, simulate

__all__ = ["Calendar", "Expected", "FeedCounts", "Rates", "go_on", "months_up_to", "simulate"]
