"""Serves the portal: one process that listens and minds the workers, and the workers, which answer."""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

from car.errors import CarError
from car.portal.access.database import FILE, Database
from car.portal.access.sessions import Session, Sessions, open_sessions
from car.portal.connection import Connection
from car.portal.settings import PortalSettings

# For which a browser may keep a connection open (s), and how many may wait for one.
_KEEP_ALIVE_S = 15
_BACKLOG = 512
_LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "scrubbed": {
            "()": "car.portal.access.errors.ScrubbingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s[%(process)d]: %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "scrubbed"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"car": {"level": "INFO"}, "uvicorn": {"level": "WARNING"}},
}

Create = Callable[[Path, PortalSettings], Any]


def serve(
    out: Path, settings: PortalSettings, say: Callable[[str], object], create: Create | None = None
) -> None:
    """Serve the portal until the process is asked to stop; requests in flight end first.

    Parameters:
        out: the output folder, whose releases are shown.
        settings: how.
        say: tells the operator a line.
        create: makes the application; None: the portal's own. It must be importable by its name.

    Raises:
        UsageFault: it would be served to whom it may not be.
        CarError: nobody can listen at the address.
        OSError: the state's folder cannot be written.
    """
    settings.check_serving()
    state = settings.state_folder(out)
    Database(state)
    listening = _listen(settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    say(f"The portal is at {settings.public_url or f'http://{host}:{listening.getsockname()[1]}'}")
    if settings.has_dev_login:
        say("The dev login is on: whoever reaches this machine can choose a Party.")
    config = uvicorn.Config(
        partial(_worker, create or _create, out, settings),
        factory=True,
        workers=settings.workers,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=_LOG,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=settings.connections,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    try:
        # One worker is minded as several are: what a signal does to the server hangs on no number.
        Multiprocess(config, [listening]).run()
    finally:
        listening.close()


def sessions_end(out: Path, settings: PortalSettings, user: str) -> int:
    """End all sessions of a user; give how many there were.

    Parameters:
        user: as `sessions_in_force` and the audit log name them.
    """
    sessions = _sessions(out, settings)
    return sessions.end_all(user) if sessions else 0


def sessions_in_force(out: Path, settings: PortalSettings) -> list[Session]:
    """Give the sessions in force, the oldest first, without what a browser knows them by."""
    sessions = _sessions(out, settings)
    return sessions.in_force() if sessions else []


def _sessions(out: Path, settings: PortalSettings) -> Sessions | None:
    folder = settings.state_folder(out)
    return open_sessions(settings, Database(folder), time.time) if (folder / FILE).is_file() else None


def _create(out: Path, settings: PortalSettings) -> Any:
    from car.portal.app import create  # each worker imports it for itself

    return create(out, settings)


def _worker(create: Create, out: Path, settings: PortalSettings) -> Any:
    """Make a worker's application; a worker ends when the process that minds it does."""
    parent = multiprocessing.parent_process()
    if parent is not None:

        def end_with_parent() -> None:
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=end_with_parent, daemon=True).start()
    return create(out, settings)


def _listen(settings: PortalSettings) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # Before the first worker has started, and while one is started anew, who connects waits.
        listening.listen(_BACKLOG)
    except OSError as error:
        raise CarError(f"Nobody can listen at {settings.bind}: {error.strerror or error}.") from None
    listening.set_inheritable(True)
    return listening
