"""What the portal serves: the releases in force, and the bundles of a recipient, opened to read alone."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from car.errors import CarError
from car.portal.bundle.build import fits
from car.portal.bundle.places import BundlePlace, bundle_place
from car.portal.kept import Kept, short
from car.portal.opening import connect
from car.portal.schema import BundleSchema, Values, read_schemas, read_values
from car.release.places import INDUSTRY, INDUSTRY_FOLDER, PARTIES
from car.release.tree import Month, months

# For so long the parties of the releases in force are taken as they were (s).
_LOOK_S = 1.0
# Rows of queries that are kept of one recipient: those of some hundred pages.
_KEPT_ROWS = 20_000


class NotShown(CarError):
    """A month of a recipient cannot be shown at present: its bundle lacks, is damaged or does not fit."""


class TookTooLong(CarError):
    """A query ran longer than it may, and was cancelled."""


@dataclass(frozen=True)
class InForce:
    """The versions in force at one instant, by month, the newest month first: a page is made of these alone.

    Attributes:
        versions: by month, `YYYY-MM`.
    """

    out: Path
    versions: dict[str, int]

    def parties(self, month: str) -> list[str]:
        """Give the parties that have a folder in the release of a month."""
        folder = self._release(month) / PARTIES
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def months_of(self, recipient: str) -> list[str]:
        """Give the months that have a folder of a recipient, the newest first."""
        return [month for month in self.versions if self.place(recipient, month).folder.is_dir()]

    def place(self, recipient: str, month: str) -> BundlePlace:
        """Give a recipient's folder and bundle; KeyError where the month has no release in force."""
        return bundle_place(self.out, month, self.versions[month], recipient)

    def has_industry(self, month: str) -> bool:
        """Tell whether the release has the industry's report."""
        return (self._release(month) / INDUSTRY_FOLDER).is_dir()

    def _release(self, month: str) -> Path:
        return Month(self.out, month).version_path(self.versions[month])


@dataclass(frozen=True)
class _Key:
    recipient: str
    places: tuple[tuple[str, int, tuple[int, ...]], ...]

    def is_replaced_by(self, other: "_Key") -> bool:
        """Tell whether another state is of the same months of the same recipient."""
        return self != other and (self.recipient, self.months) == (other.recipient, other.months)

    @property
    def months(self) -> list[str]:
        """Give the months."""
        return [place[0] for place in self.places]


class Opened:
    """The bundles of one recipient: a DuckDB that sees these files and nothing else.

    Attributes:
        schemas: what each month's bundle has, by month.
    """

    def __init__(self, places: list[BundlePlace], memory_limit: str) -> None:
        try:
            self._connection = connect(places, memory_limit)
        except duckdb.Error as error:
            raise NotShown(f"A bundle of {places[0].month} is damaged.") from error
        try:
            self.schemas = read_schemas(self._connection, [place.month for place in places])
        except (duckdb.Error, ValueError, KeyError) as error:
            self._connection.close()
            raise NotShown(f"A bundle of {places[0].month} is damaged.") from error
        self._lock = threading.Lock()
        self._views: set[str] = set()
        self._values: dict[str, Values] = {}
        self._rows: Kept[list[Any]] = Kept(_KEPT_ROWS, lambda rows: 1 + len(rows))

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Give a connection of a request's own."""
        return self._connection.cursor()

    def once(self, name: str, statements: Callable[[], list[str]]) -> None:
        """Run statements the first time that a name is asked for."""
        with self._lock:
            if name not in self._views:
                for statement in statements():
                    self._connection.execute(statement)
                self._views.add(name)

    def kept_rows(self, key: Hashable, make: Callable[[], list[Any]]) -> list[Any]:
        """Give rows that were asked for before, or make them; many pages show the same.

        Parameters:
            key: all that they depend on, besides the bundles.
            make: reads them; what it raises is raised.
        """
        return self._rows.get(short(key), make)

    def values(self, month: str) -> Values:
        """Give the values that a reader can choose of each column, in one month's bundle."""
        with self._lock:
            if month not in self._values:
                self._values[month] = read_values(self._connection, month)
            return self._values[month]


class Store:
    """The releases of an output folder, for one process of the server.

    Parameters:
        out: the output folder; it is only read.
        opened_at_most: recipients whose bundles stay open.
        memory_limit: of the queries of one recipient.
        longest_s: seconds that the queries of a request may take.
    """

    def __init__(self, out: Path, opened_at_most: int, memory_limit: str, longest_s: float) -> None:
        self._out = out
        self._memory_limit = memory_limit
        self._longest_s = longest_s
        # One that is kept no more is closed when the last request with it ends.
        self._open: Kept[Opened] = Kept(opened_at_most, lambda _: 1)
        self._fits: dict[tuple[str, tuple[int, ...]], bool] = {}
        self._looked_at = -_LOOK_S
        self._parties: tuple[tuple[tuple[str, int], ...] | None, dict[str, str]] = (None, {})

    @property
    def out(self) -> Path:
        """The output folder."""
        return self._out

    def in_force(self) -> InForce:
        """Look which versions are in force now."""
        found = ((month.name, month.in_force()) for month in reversed(months(self._out)))
        return InForce(self._out, {name: version for name, version in found if version is not None})

    def every_party(self) -> dict[str, str]:
        """Give the parties of the releases in force, as the newest spells them, by folded name."""
        if time.monotonic() < self._looked_at + _LOOK_S:  # it is asked with each request
            return self._parties[1]
        in_force = self.in_force()
        key = tuple(in_force.versions.items())
        self._looked_at = time.monotonic()
        if self._parties[0] != key:
            spelt = {}
            for month in reversed(in_force.versions):
                spelt |= {party.casefold(): party for party in in_force.parties(month)}
            self._parties = (key, spelt)
        return self._parties[1]

    def registered(self, claimed: str) -> str | None:
        """Give a party as the releases spell it, or None where none has it.

        Parameters:
            claimed: as a verified token names it; upper and lower case are one.
        """
        return self.every_party().get(claimed.strip().casefold())

    def is_shown(self, place: BundlePlace) -> bool:
        """Tell whether a bundle is there and fits its release, looking again where a file has changed."""
        try:
            key = (str(place.path), _signature(place))
        except OSError:
            return False
        if key not in self._fits:
            self._fits[key] = fits(place)
        return self._fits[key]

    @contextmanager
    def reading(self, in_force: InForce, recipient: str, wanted: list[str]) -> Iterator["Reading"]:
        """Open the bundles of a recipient for one request.

        Parameters:
            recipient: a party, or `INDUSTRY`.
            wanted: months; one that cannot be shown is left out, unless it is the first.

        Raises:
            NotShown: the first month has no bundle that fits.
            TookTooLong: the queries inside took too long.
        """
        places = [in_force.place(recipient, month) for month in wanted]
        shown = [place for place in places if self.is_shown(place)]
        if not shown or shown[0] is not places[0]:
            raise NotShown(f"The bundle of {wanted[0]} is missing, or does not fit its release.")
        key = _Key(recipient, tuple((place.month, place.version, _signature(place)) for place in shown))
        opened = self._open.get(key, lambda: self._opened(key, shown))
        cursor = opened.cursor()
        limit = _Limit(cursor, self._longest_s)
        limit.begin()
        try:
            yield Reading(opened, cursor, [place.month for place in shown], key, limit.begin)
        except duckdb.Error as error:
            if limit.is_over or isinstance(error, duckdb.InterruptException):
                raise TookTooLong(f"Queries took more than {self._longest_s:g} s.") from error
            raise
        finally:
            limit.end()
            cursor.close()

    def _opened(self, key: _Key, places: list[BundlePlace]) -> Opened:
        # What was in force of these months before, holds memory for nobody.
        self._open.forget(lambda known: isinstance(known, _Key) and known.is_replaced_by(key))
        return Opened(places, self._memory_limit)


class _Limit:
    """Cancels what a connection is at when a time is over."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, longest_s: float) -> None:
        self._cursor = cursor
        self._longest_s = longest_s
        self._timer: threading.Timer | None = None
        self.is_over = False

    def begin(self) -> None:
        """Begin the time, or begin it anew."""
        self.end()
        self.is_over = False
        self._timer = threading.Timer(self._longest_s, self._cancel)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Cancel nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _cancel(self) -> None:
        self.is_over = True
        self._cursor.interrupt()


@dataclass(frozen=True)
class Reading:
    """What a request reads with: the bundles of its recipient, and a connection of its own.

    Attributes:
        months: that can be shown, as they were asked for.
        state: tells these bundles from any others, and from what they are at another time.
        begin_anew: begins the time that the queries may take anew, after a wait.
    """

    opened: Opened
    cursor: duckdb.DuckDBPyConnection
    months: list[str]
    state: Hashable
    begin_anew: Callable[[], None]

    @cached_property
    def schema(self) -> BundleSchema:
        """What the bundle of the first month has."""
        return self.opened.schemas[self.months[0]]


def _signature(place: BundlePlace) -> tuple[int, ...]:
    """Tell one state of a bundle and its manifest from another; raises OSError where one is not there."""
    stats = [path.stat() for path in (place.path, place.manifest)]
    return tuple(number for stat in stats for number in (stat.st_ino, stat.st_size, stat.st_mtime_ns))


__all__ = ["INDUSTRY", "InForce", "NotShown", "Opened", "Reading", "Store", "TookTooLong"]
