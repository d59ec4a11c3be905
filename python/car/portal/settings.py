"""What the portal's operator configures: section `[portal]` of `car.toml`, or variables `CAR_PORTAL_<KEY>`.

docs/portal.md lists the keys; a test compares it with this class.
"""

import ipaddress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from car.config import SECRET
from car.errors import UsageFault

_LOCAL = "localhost"


@dataclass(frozen=True)
class PortalSettings:
    """How the portal is served, who gets in, and how much they may take.

    Attributes:
        bundles: `car run` and `car publish` leave the portal's data bundles beside each release.
        bind: address and port to listen at.
        public_url: as browsers know the portal, e.g. `https://portal.example`; empty: as `bind` says.
        trusted_proxies: addresses or networks whose `X-Forwarded-For` is believed.
        workers: processes that answer requests.
        connections: at once, of one worker; more are told to come back.
        shutdown_seconds: what requests in flight have to end in, when the server is asked to stop (s).
        state: folder of sessions and audit log; empty: `<out>/portal/state`.
        issuer: of the OpenID Connect provider; empty: the dev login.
        client_id: of the portal at the provider.
        client_secret: of the portal at the provider.
        scope: what is asked of the provider, with blanks between.
        party_claim: claim of the token that names the user's Party.
        panel_claim: claim that says `panel` of who may read the industry report alone; empty: nobody.
        idle_minutes: after which a session without a request ends (min).
        session_hours: after which any session ends (h).
        limit_minutes: window of the four limits below (min).
        sign_ins_per_user: in that window.
        sign_ins_per_address: in that window, begun or failed.
        downloads_per_user: in that window.
        downloads_per_address: in that window.
        post_max_bytes: of the body of a request (bytes).
        post_seconds: in which the body of a request must have come (s).
        audit_days: for which the audit log is kept (days).
        audit_max_bytes: from which on the audit log goes on in another file (bytes).
        query_memory: of one query, as DuckDB reads it.
        query_threads: of one query.
        query_seconds: after which a query is cancelled (s).
        download_seconds: after which the download of a table is given up (s).
        contact: address for help, on each page: an e-mail address or a URL.
    """

    SECTION: ClassVar[str] = "portal"

    bundles: bool = False
    bind: str = "127.0.0.1:8400"
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    workers: int = 1
    connections: int = 500
    shutdown_seconds: int = 30
    state: str = ""
    issuer: str = ""
    client_id: str = ""
    client_secret: str = field(default="", metadata=SECRET)
    scope: str = "openid"
    party_claim: str = "sec_party_id"
    panel_claim: str = ""
    idle_minutes: int = 30
    session_hours: int = 12
    limit_minutes: int = 10
    sign_ins_per_user: int = 20
    sign_ins_per_address: int = 200
    downloads_per_user: int = 60
    downloads_per_address: int = 600
    post_max_bytes: int = 65_536
    post_seconds: int = 10
    audit_days: int = 365
    audit_max_bytes: int = 50_000_000
    query_memory: str = "256MiB"
    query_threads: int = 1
    query_seconds: int = 10
    download_seconds: int = 900
    contact: str = ""

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant; raises ValueError, which names the key."""
        for key in fields(self):
            value = getattr(self, key.name)
            if type(value) is int and value < 1:
                raise ValueError(f"`{key.name}` must be 1 or more.")
        _ = self.host, self.port
        for name in ("issuer", "public_url"):
            _check_url(name, getattr(self, name))
        if urlsplit(self.public_url).path.strip("/"):
            raise ValueError("`public_url` must have no path: the portal is at the root of its host.")
        if bool(self.issuer) != bool(self.client_id):
            raise ValueError("`issuer` and `client_id` belong together: give both or neither.")
        if self.issuer and not self.client_secret:
            raise ValueError("`client_secret` is missing: give it as CAR_PORTAL_CLIENT_SECRET.")
        if "openid" not in self.scope.split():
            raise ValueError("`scope` must have `openid` in it.")
        for proxy in self.trusted_proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise ValueError(f"`trusted_proxies`: {proxy} is no address and no network.") from None

    def __repr__(self) -> str:
        """Give no secret away where the settings are printed."""
        return f"PortalSettings(bind={self.bind!r}, issuer={self.issuer!r})"

    @property
    def host(self) -> str:
        """Give the address to listen at, without brackets."""
        return self._bind()[0]

    @property
    def port(self) -> int:
        """Give the port to listen at; 0: any that is free."""
        return self._bind()[1]

    @property
    def url(self) -> str:
        """Give the portal's own address, without a slash at its end."""
        return self.public_url.rstrip("/") or f"http://{self.bind}"

    @property
    def is_secure(self) -> bool:
        """Tell whether browsers come over TLS."""
        return self.url.startswith("https://")

    @property
    def has_dev_login(self) -> bool:
        """Tell whether a user chooses a Party, and no provider says who they are."""
        return not self.issuer

    @property
    def hosts(self) -> list[str]:
        """Give the hosts that a request may name: the public one, and loopback where that is listened at."""
        public = urlsplit(self.public_url).hostname
        named = [f"[{public}]" if ":" in public else public] if public else []
        return [*named, *(["localhost", "127.0.0.1", "[::1]"] if is_loopback(self.host) else [])]

    def state_folder(self, out: Path) -> Path:
        """Give the folder of sessions and audit log of an output folder."""
        return Path(self.state).expanduser() if self.state else out / "portal" / "state"

    def check_serving(self) -> None:
        """Refuse to serve whom anybody could read; raises UsageFault, which says what to do."""
        local = is_loopback(self.host) and is_loopback(urlsplit(self.url).hostname or "")
        if self.has_dev_login and (not local or self.trusted_proxies):
            raise UsageFault(
                "The dev login lets anybody choose a Party, so that it is for this machine alone. Configure"
                " `issuer`, or listen at 127.0.0.1 without `public_url` and `trusted_proxies`."
            )
        if not local and not self.is_secure:
            raise UsageFault(
                "Sessions go over TLS alone. Configure `public_url`, https://…, as browsers know the portal."
            )

    def _bind(self) -> tuple[str, int]:
        host, colon, port = self.bind.rpartition(":")
        # A bare IPv6 address has colons as well: without brackets nobody knows which one begins the port.
        is_whole = (":" not in host) or (host.startswith("[") and host.endswith("]"))
        if not (colon and host and is_whole and port.isdecimal() and port.isascii() and int(port) < 65_536):
            raise ValueError("`bind` must be an address and a port, e.g. 127.0.0.1:8400 or [::1]:8400.")
        return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself: 127.0.0.0/8, ::1, localhost."""
    if host == _LOCAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_url(name: str, url: str) -> None:
    """Refuse what is neither empty, nor https, nor on this machine itself."""
    parts = urlsplit(url)
    try:
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host = ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if url and not (host and is_safe and not parts.query and not parts.fragment and "@" not in parts.netloc):
        raise ValueError(f"`{name}` must be a URL that begins with https://, or with http:// on loopback.")
