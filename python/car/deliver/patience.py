"""Tries again what failed for a reason that passes: servers that are busy, connections that were lost."""

import errno
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from car.deliver.settings import DeliverySettings
from car.errors import CarError

Done = TypeVar("Done")

_MOST_PAUSE_S: Final = 120.0
_MOST_SAID: Final = 200
# What a server says that it will say again. With 401 it may want another token; with 404 an upload that was
# broken off may be gone.
_HOPELESS_STATUS: Final = {400, 403, 405, 411, 413, 414, 507}
_HOPELESS_ERRNO: Final = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG}
_HOPELESS: Final = (CarError, PermissionError, NotADirectoryError, IsADirectoryError, ImportError)
# By name: they are of libraries that need not be installed.
_HOPELESS_NAMED: Final = {
    *("PermissionDenied", "HostKeyNotVerifiable", "KeyImportError", "SFTPPermissionDenied"),
    *("SFTPNoSpaceOnFilesystem", "SFTPQuotaExceeded", "SFTPWriteProtect"),
    *("NoCredentialsError", "InsufficientStorage", "ForbiddenOperation"),
}


class Patience:
    """Does something several times, until it is done or there is no hope.

    Parameters:
        settings: how often, and with what pauses.
        forget: is called between two attempts, so that each has a connection of its own.
        sleep: waits (s).
    """

    def __init__(
        self,
        settings: DeliverySettings,
        forget: Callable[[], object],
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._settings = settings
        self._forget = forget
        self._sleep = sleep

    def do(self, work: Callable[[], Done]) -> Done:
        """Do it; raises what the last attempt raised."""
        pause_s = self._settings.pause_s
        for attempt in range(1, self._settings.attempts + 1):
            try:
                return work()
            except Exception as error:
                if attempt == self._settings.attempts or is_hopeless(error):
                    raise
                self._forget()
                self._sleep(min(asked_pause_s(error) or pause_s, _MOST_PAUSE_S))
                pause_s *= 2
        raise AssertionError("unreachable")


def is_hopeless(error: BaseException) -> bool:
    """Tell whether another attempt would fail likewise."""
    for each in _chain(error):
        if isinstance(each, _HOPELESS) or type(each).__name__ in _HOPELESS_NAMED:
            return True
        if isinstance(each, OSError) and each.errno in _HOPELESS_ERRNO:
            return True
    return (status(error) or 0) in _HOPELESS_STATUS


def asked_pause_s(error: BaseException) -> float | None:
    """Give how long the server asks to wait (s); None where it does not say."""
    for response in _responses(error):
        text = str(response.headers.get("Retry-After", ""))
        if text.isdigit():
            return float(text)
    return None


def status(error: BaseException) -> int | None:
    """Give the status of the answer that a failure is about; None where there is none."""
    for response in _responses(error):
        return int(response.status_code)
    return None


def words(error: BaseException) -> str:
    """Say what failed, to be read after the name of the recipient; without what a server wrote."""
    if isinstance(error, CarError):
        return str(error)
    if code := status(error):
        more = ": the account or its token is not accepted" if code in (401, 403) else ""
        return f"the server answered {code}{more}"
    named = {type(each).__name__ for each in _chain(error)}
    if "HostKeyNotVerifiable" in named:
        return "the server's key is not in the file of known hosts (ssh-keyscan gives it; look at it first)"
    if named & {"PermissionDenied", "NoCredentialsError"}:
        return "the account is not accepted"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = str(error).strip().split("\n")[0][:_MOST_SAID]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give a failure and those that it comes from: a library may fail while it looks at one."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _responses(error: BaseException) -> Iterator[Any]:
    for each in _chain(error):
        response = getattr(each, "response", None)
        if hasattr(response, "status_code") and hasattr(response, "headers"):
            yield response
