"""Half-open intervals of instants: unions, differences, lengths."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]

MICROSECOND = timedelta(microseconds=1)


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The instants in any of them, as disjoint intervals in order; those that touch are one."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def common(several: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """The instants in both; each side is disjoint."""
    rest = list(others)
    return union((max(a, c), min(b, d)) for a, b in several for c, d in rest)


def less(several: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """The instants in the first and in none of the second."""
    left = union(several)
    for start, end in union(others):
        left = [
            piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b)) if piece[0] < piece[1]
        ]
    return left


def clipped(start: datetime | None, end: datetime | None, within: Interval) -> Interval:
    """An interval as far as it lies within another; no start or end: that of the other."""
    first, last = within
    low = first if start is None else max(start, first)
    return low, max(low, last if end is None else min(end, last))


def overlaps(start: datetime | None, end: datetime | None, within: Interval) -> bool:
    """Whether an interval (no start or end: open) overlaps another; one of zero length touches it."""
    first, last = within
    if start is not None and start == end:
        return first <= start < last
    return (start is None or start < last) and (end is None or end > first)


def microseconds(intervals: Iterable[Interval]) -> int:
    """The length of disjoint intervals together."""
    return sum((end - start) // MICROSECOND for start, end in intervals)
