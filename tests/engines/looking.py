"""Spark, at which one looks while its session is there: when a month is built, before the session ends."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from car.warehouse.engine.on_spark import OnSpark
from car.warehouse.engine.settings import SparkSettings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from car.warehouse.catalogue import Catalogue

Look = Callable[[Any, "Manifest"], list[str]]


class Looking(OnSpark):
    """Spark, which lets others look before it ends.

    Parameters:
        settings: how it is reached and used.
        looks: each gets the session and the manifest, and names the faults that it sees.

    Attributes:
        faults: what was seen.
    """

    def __init__(self, settings: SparkSettings, looks: Sequence[Look]) -> None:
        super().__init__(settings)
        self._looks = looks
        self.faults: list[str] = []

    def finish(self, manifest: "Manifest", catalogue: "Catalogue") -> None:
        """Let all look, and finish as ever."""
        for look in self._looks:
            self.faults += look(self._session.get(), manifest)
        super().finish(manifest, catalogue)
