"""Spark, at which one looks while its session is there: when a month is built, before the session ends."""

import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from car.warehouse.engine.on_spark import OnSpark
from car.warehouse.engine.settings import SparkSettings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from car.warehouse.catalogue import Catalogue

_PARTS = 4
Look = Callable[[Any, "Manifest"], list[str]]


class Looking(OnSpark):
    """Spark, which lets others look before it ends.

    Parameters:
        settings: how it is reached and used.
        looks: each gets the session and the manifest, and names the faults that it sees.
        part: a number that says which quarter of the data tests is run; None: all are.

    Attributes:
        faults: what was seen.
    """

    def __init__(self, settings: SparkSettings, looks: Sequence[Look], part: int | None = None) -> None:
        super().__init__(settings)
        self._looks = looks
        self._part = part
        self.faults: list[str] = []

    def leave_out(self, manifest: "Manifest", code: str, decided: dict[str, str]) -> set[str]:
        """Leave out the data tests of other parts too: they are dealt out by their names."""
        left_out = super().leave_out(manifest, code, decided)
        if self._part is not None:
            left_out |= {
                name
                for name, node in manifest.nodes.items()
                if str(node.resource_type) == "test" and (zlib.crc32(name.encode()) - self._part) % _PARTS
            }
        return left_out

    def finish(self, manifest: "Manifest", catalogue: "Catalogue") -> None:
        """Let all look, and finish as ever."""
        for look in self._looks:
            self.faults += look(self._session.get(), manifest)
        super().finish(manifest, catalogue)
