"""The section [spark] of the configuration."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class SparkSettings:
    """How Spark is reached and used.

    Attributes:
        master: of the cluster, as Spark names it, e.g. `local[*]`, `spark://host:7077`, `yarn`.
        remote: address of a server of Spark Connect, `sc://host:15002`; it goes before `master`.
        driver_memory: what the driver may have, as Spark reads it, e.g. `4g`.
        shuffle_partitions: into how many parts Spark shuffles; 0: as many as there are threads with a `local`
            master, else 200.
        nodes_at_a_time: how many models and tests dbt gives Spark at a time.
        settings: more of Spark's own settings, `name=value`, for a session of this process.
        copies_landing: let DuckDB copy the landed records for Spark: for an engine that speaks Spark's
            language, and cannot tell of which row of which file a record is (Sail).
    """

    SECTION: ClassVar[str] = "spark"

    master: str = "local[*]"
    remote: str = ""
    driver_memory: str = "2g"
    shuffle_partitions: int = 0
    nodes_at_a_time: int = 1
    settings: tuple[str, ...] = ()
    copies_landing: bool = False

    def __post_init__(self) -> None:
        """Refuse values that no Spark has; ValueError names the key."""
        for key, least in (("shuffle_partitions", 0), ("nodes_at_a_time", 1)):
            if getattr(self, key) < least:
                raise ValueError(f"`{key}` must be {least} or more.")
        if self.remote and not self.remote.startswith("sc://"):
            raise ValueError("`remote` must be an address of Spark Connect, e.g. sc://localhost:15002.")
        if unlike := [text for text in self.settings if "=" not in text]:
            raise ValueError(f"`settings`: write name=value; `{unlike[0]}` is none.")
