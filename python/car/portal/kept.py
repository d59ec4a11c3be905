"""Keeps what was made of a release, which does not change: bundles that are open, and pages.

What is kept of a page is between its head and its foot, and has nothing of a user or a session.
"""

import hashlib
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

_Thing = TypeVar("_Thing")
# Of the pages that one process makes at a time. More at once are each ready later, and none sooner.
_MADE_AT_ONCE = 2


@dataclass(frozen=True)
class Made:
    """What is between the head and the foot of a page.

    Attributes:
        main: HTML.
        rows: rows of published tables on it, for the audit log.
        area: whose table it shows; empty: none.
    """

    title: str
    main: str
    rows: int | None
    area: str


class Kept(Generic[_Thing]):
    """Things that were asked for last; one that several ask for at once is made once.

    Parameters:
        most: how much they may weigh together.
        weigh: gives the weight of one.
    """

    def __init__(self, most: int, weigh: Callable[[_Thing], int]) -> None:
        self._most = most
        self._weigh = weigh
        self._weight = 0
        self._things: OrderedDict[Hashable, _Thing] = OrderedDict()
        self._under_way: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], _Thing]) -> _Thing:
        """Give a thing.

        Parameters:
            key: all that it depends on.
            make: makes it; what it raises is raised, and nothing is kept.
        """
        if (found := self._find(key)) is not None:
            return found
        with self._lock:
            turn = self._under_way.setdefault(key, threading.Lock())
        with turn:
            if (found := self._find(key)) is not None:
                return found
            try:
                made = make()
                self._keep(key, made)
            finally:
                with self._lock:
                    self._under_way.pop(key, None)
        return made

    def forget(self, is_meant: Callable[[Hashable], bool]) -> None:
        """Let go what nobody will ask for any more.

        Parameters:
            is_meant: tells it by its key.
        """
        with self._lock:
            for key in [key for key in self._things if is_meant(key)]:
                self._weight -= self._weigh(self._things.pop(key))

    def _find(self, key: Hashable) -> _Thing | None:
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)

    def _keep(self, key: Hashable, made: _Thing) -> None:
        with self._lock:
            # One that was made twice, since the first attempt failed, is weighed once.
            if key in self._things:
                self._weight -= self._weigh(self._things.pop(key))
            self._things[key] = made
            self._weight += self._weigh(made)
            while self._weight > self._most:
                self._weight -= self._weigh(self._things.popitem(last=False)[1])


def short(key: Hashable) -> bytes:
    """Give a key by which a thing is kept whose own key a reader can make as long as an address may be."""
    return hashlib.sha256(repr(key).encode()).digest()


@dataclass(frozen=True)
class _Packed:
    title: str
    main: bytes
    rows: int | None
    area: str


class KeptPages:
    """The pages of one process of the server that were asked for last.

    Parameters:
        most_bytes: of all of them together, packed.
    """

    def __init__(self, most_bytes: int) -> None:
        self._pages: Kept[_Packed] = Kept(most_bytes, lambda packed: len(packed.main))
        self._places = threading.Semaphore(_MADE_AT_ONCE)

    def page(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Give a page.

        Parameters:
            key: all that it depends on: release, reader, address.
            make: makes it; what it raises is raised.
        """

        def packed() -> _Packed:
            with self._places:
                made = make()
            # The quickest level packs a page to a sixth already.
            return _Packed(made.title, zlib.compress(made.main.encode(), 1), made.rows, made.area)

        found = self._pages.get(short(key), packed)
        return Made(found.title, zlib.decompress(found.main).decode(), found.rows, found.area)
