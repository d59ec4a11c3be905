"""How often a user and an address may sign in and download, over all workers, in a window that slides."""

import ipaddress
import math
from collections.abc import Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from car.portal.access.database import Database
from car.portal.access.problem import too_many
from car.portal.access.user import User
from car.portal.settings import PortalSettings

# A network gives one user as many IPv6 addresses as they like in the first so many bits.
_IPV6_PREFIX = 64


class Limits:
    """Counts what was taken, and refuses what is more than the limit."""

    def __init__(self, database: Database, settings: PortalSettings, now: Callable[[], float]) -> None:
        """Take up what was counted.

        Parameters:
            database: the store of all workers.
            settings: the window, and of each kind how many are in it at most, of a user and of an address.
            now: the clock (s since 1970).
        """
        self._database = database
        self._window_s = settings.limit_minutes * 60
        self._now = now
        self._most = {
            ("sign_in", "user"): settings.sign_ins_per_user,
            ("sign_in", "address"): settings.sign_ins_per_address,
            ("download", "user"): settings.downloads_per_user,
            ("download", "address"): settings.downloads_per_address,
        }

    async def take(self, kind: str, request: Request) -> None:
        """Count one of a kind, of the request's address and of its user, where somebody is signed in.

        Parameters:
            kind: `sign_in` or `download`.

        Raises:
            Problem: 429: it is more than the limit, and counts for nobody.
        """
        user: User | None = getattr(request.state, "user", None)
        who = [("address", _address(request)), *([("user", user.subject)] if user else [])]
        await run_in_threadpool(partial(self._take, kind, who))

    async def take_of_user(self, kind: str, subject: str) -> None:
        """Count one of a kind of a user alone; raises as `take` does."""
        await run_in_threadpool(partial(self._take, kind, [("user", subject)]))

    def _take(self, kind: str, who: list[tuple[str, str]]) -> None:
        now = self._now()
        with self._database.writing() as connection:
            connection.execute("delete from taken where at <= ?", [now - self._window_s])
            for sort, name in who:
                taken_at = connection.execute(
                    "select at from taken where kind = ? and who = ? order by at desc limit 1 offset ?",
                    [kind, f"{sort} {name}", self._most[kind, sort] - 1],
                ).fetchone()
                if taken_at:
                    raise too_many(max(1, math.ceil(taken_at[0] + self._window_s - now)))
            connection.executemany(
                "insert into taken values (?, ?, ?)", [(kind, f"{sort} {name}", now) for sort, name in who]
            )


def _address(request: Request) -> str:
    """Give the address that a request came from; of IPv6 the network."""
    text = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return text
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
