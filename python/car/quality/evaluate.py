"""Holds the suites against their rows with Great Expectations, which tells nobody of its use."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from car.quality.suites import Expectation, Suite

if TYPE_CHECKING:
    import pandas

# Counts of what was not expected, and never the values.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0, "exclude_unexpected_values": True}


@dataclass(frozen=True)
class Checked:
    """What became of one expectation.

    Attributes:
        words: what is expected, and of which column.
        found: how many rows are not so, in words; empty where it holds, or is not about single rows.
    """

    words: str
    holds: bool
    found: str = ""

    @property
    def line(self) -> str:
        """The expectation with what was found."""
        return f"{self.found}: {self.words}" if self.found else self.words


@dataclass(frozen=True)
class Verdict:
    """What became of one suite.

    Attributes:
        rows: how many rows were looked at.
    """

    suite: Suite
    rows: int
    checked: tuple[Checked, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """A line for each expectation that does not hold."""
        return tuple(f"{self.suite.name}: {item.line}" for item in self.checked if not item.holds)


def validate(
    suites: list[Suite], read: Callable[[Suite], "pandas.DataFrame"], progress: Callable[[int, int], None]
) -> list[Verdict]:
    """Hold each suite against its rows.

    Parameters:
        read: gives the rows of a suite.
        progress: called with (suites done, suites in all).

    Returns:
        A verdict per suite, in their order.
    """
    gx = _great_expectations()
    context = _context(gx)
    source = context.data_sources.add_pandas("duckdb")
    verdicts = []
    for done, suite in enumerate(suites, start=1):
        frame = read(suite)
        definition = gx.ValidationDefinition(
            name=suite.name,
            data=source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("rows"),
            suite=context.suites.add(
                gx.ExpectationSuite(suite.name, expectations=[_made(gx, item) for item in suite.expectations])
            ),
        )
        result = context.validation_definitions.add(definition).run(
            batch_parameters={"dataframe": frame}, result_format=_RESULT_FORMAT
        )
        verdicts.append(Verdict(suite, len(frame), tuple(_checked(suite, item) for item in result.results)))
        progress(done, len(suites))
    return verdicts


def _great_expectations() -> Any:
    # Before the import: the library looks at it then.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations

    return great_expectations


def _context(gx: Any) -> Any:
    """Give a context that keeps everything in memory and tells nobody."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
        # Otherwise it makes a folder for pages of its own among the temporary files, and leaves it there.
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _made(gx: Any, expectation: Expectation) -> Any:
    name = "".join(part.capitalize() for part in expectation.kind.split("_"))
    return getattr(gx.expectations, name)(**expectation.arguments, notes=expectation.because)


def _checked(suite: Suite, item: Any) -> Checked:
    """Say what became of an expectation, in the words of the suite and in counts."""
    config = item.expectation_config
    column = config.kwargs.get("column") or config.kwargs.get("column_A")
    words = f"{config.notes} ({column})" if column else config.notes
    count = 0 if item.success else item.result.get("unexpected_count")
    found = f"{count:,} of {item.result['element_count']:,} {suite.of}" if count else ""
    return Checked(words, bool(item.success), found)
