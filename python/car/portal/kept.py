"""Keeps pages that were made: a release does not change, so that a page of it is made once.

What is kept is between the head and the foot of a page, and has nothing of a user or a session.
"""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass


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
        self._most_bytes = most_bytes
        self._bytes = 0
        self._pages: OrderedDict[Hashable, _Packed] = OrderedDict()
        self._under_way: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def page(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Give a page; one that several ask for at once is made once.

        Parameters:
            key: all that the page depends on: release, reader, address.
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

    def _find(self, key: Hashable) -> Made | None:
        with self._lock:
            packed = self._pages.get(key)
            if packed is None:
                return None
            self._pages.move_to_end(key)
        return Made(packed.title, zlib.decompress(packed.main).decode(), packed.rows, packed.area)

    def _keep(self, key: Hashable, made: Made) -> None:
        # The quickest level packs a page to a sixth already.
        packed = _Packed(made.title, zlib.compress(made.main.encode(), 1), made.rows, made.area)
        with self._lock:
            self._pages[key] = packed
            self._bytes += len(packed.main)
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._pages.popitem(last=False)[1].main)
