"""The sections [notify] and [metrics] of the configuration."""

from dataclasses import dataclass, field
from typing import ClassVar

from car.config import SECRET, nearest

DONE, HELD, FAILED, DELIVERED, DEVIATES = "done", "held", "failed", "delivered", "deviates"
EVENTS = (DONE, HELD, FAILED, DELIVERED, DEVIATES)


@dataclass(frozen=True)
class NotifySettings:
    """Who is told, and when.

    Attributes:
        urls: where messages go, as apprise names places; they hold passwords and tokens.
        on: of what is told: `done`, `held`, `failed`, `delivered`, `deviates`.
    """

    SECTION: ClassVar[str] = "notify"

    urls: tuple[str, ...] = field(default=(), metadata=SECRET)
    on: tuple[str, ...] = EVENTS

    def __post_init__(self) -> None:
        """Refuse events that there are not; ValueError names the key."""
        for event in self.on:
            if event not in EVENTS:
                raise ValueError(f"`on`: there is no event `{event}`.{nearest(event, list(EVENTS))}")

    def __repr__(self) -> str:
        """Give no secret away where the settings are printed."""
        return f"NotifySettings(on={self.on!r})"


@dataclass(frozen=True)
class MetricsSettings:
    """Where the numbers of the last run are left.

    Attributes:
        file: for the collector of text files of Prometheus; its name ends in `.prom`. Empty: none is written.
    """

    SECTION: ClassVar[str] = "metrics"

    file: str = ""

    def __post_init__(self) -> None:
        """Refuse a file that the collector does not read; ValueError names the key."""
        if self.file and not self.file.endswith(".prom"):
            raise ValueError("`file` must end in .prom: Prometheus's collector reads no other.")
