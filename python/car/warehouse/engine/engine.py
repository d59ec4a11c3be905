"""What `car` asks of an engine: everything else about a build is the same on all of them."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from car.warehouse.catalogue import Catalogue

Ask = Callable[[str, int], tuple[list[str], list[tuple[Any, ...]]]]
"""Runs a select in the engine's own words, and gives its columns' names and so many of its rows at most."""


class Engine(Protocol):
    """An engine that dbt builds the warehouse on."""

    @property
    def name(self) -> str:
        """What `--engine` and run.json call it."""
        ...

    @property
    def target(self) -> str:
        """The target of profiles/profiles.yml."""
        ...

    @property
    def options(self) -> tuple[str, ...]:
        """More options of `dbt build`."""
        ...

    def facts(self) -> dict[str, str]:
        """Give name and version, for run.json."""
        ...

    def begin(self, warehouse: Path, threads: int, memory_limit: str) -> None:
        """Say in the environment what the target reads there.

        Parameters:
            warehouse: the DuckDB file of the warehouse.
            memory_limit: as DuckDB reads it, e.g. `4GiB`.

        Raises:
            CarError: the engine is not installed, or cannot begin.
        """
        ...

    def prepare(self, work: Path, variables: dict[str, Any]) -> dict[str, Any]:
        """Do what comes before dbt's build, and give the variables that say so.

        Parameters:
            work: folder for dbt's target.
            variables: the run's, with `industry_origin` as the build gets it.
        """
        ...

    def leave_out(self, manifest: "Manifest", code: str, decided: dict[str, str]) -> set[str]:
        """Choose what is not built, by unique id: what stands as it passed, or what it cannot build."""
        ...

    def keep_passed(self, results: Iterable[Any], decided: dict[str, str]) -> None:
        """Keep what passed in a build that came to its end."""
        ...

    def end_of_build(self) -> None:
        """Note that dbt is done, so that others can read what it wrote."""
        ...

    def why_it_ended(self) -> str:
        """Say in a line that the engine itself is gone, of a build that failed; nothing where it is there."""
        ...

    def asking(self) -> AbstractContextManager[Ask]:
        """Give what selects of the build can be asked with, after `end_of_build`."""
        ...

    def finish(self, manifest: "Manifest", catalogue: "Catalogue") -> None:
        """Leave at the warehouse's path what the rest of the run reads.

        Parameters:
            manifest: dbt's, of all that was built.
            catalogue: what is read of it.
        """
        ...

    def close(self) -> None:
        """Let go of all that is held for the build, however that ended."""
        ...
