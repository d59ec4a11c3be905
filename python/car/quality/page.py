"""Holds the suites against their rows with Great Expectations, and makes its Data Docs an operator's page.

Great Expectations is kept from telling anybody of its use, and its pages from loading anything of others.
"""

import os
import re
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from car.quality.suites import Expectation, Suite

if TYPE_CHECKING:
    import pandas

# Counts of what was not expected, and never the values.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0, "exclude_unexpected_values": True}

_SITE = "quality"
# Style sheets, pictures and links from or to elsewhere, and the scripts and styles that need those.
_FROM_ELSEWHERE = re.compile(
    r"<(script|style)\b.*?</\1>|<(?:link|img|source)\b[^>]*https?:[^>]*>|<a href=\"https?:[^>]*>.*?</a>",
    re.DOTALL,
)
_STYLE = """<style>
body { font-family: sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; }
table { border-collapse: collapse; } td, th { padding: .3em .8em; text-align: left; vertical-align: top; }
tr { border-bottom: 1px solid #999; } .cooltip .top, footer { display: none; }
.ge-success-icon::before { content: "holds"; } .ge-failed-icon::before { content: "does not hold"; }
.fails { font-weight: bold; }
</style>"""


@dataclass(frozen=True)
class Verdict:
    """What became of one suite.

    Attributes:
        rows: how many rows were looked at.
        failed: a line for each expectation that does not hold.
        page: its page, relative to the folder of pages.
    """

    suite: Suite
    rows: int
    failed: tuple[str, ...]
    page: str


def validate(
    suites: list[Suite],
    read: Callable[[Suite], "pandas.DataFrame"],
    folder: Path,
    heading: str,
    progress: Callable[[int, int], None],
) -> list[Verdict]:
    """Hold each suite against its rows and write the pages, in place of earlier ones.

    Parameters:
        read: gives the rows of a suite.
        folder: gets `index.html` and a page per suite.
        heading: of the first page: which month, as of when.
        progress: called with (suites done, suites in all).

    Returns:
        A verdict per suite, in their order.
    """
    gx = _great_expectations()
    context = _context(gx)
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    context.add_data_docs_site(
        _SITE,
        {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(new)},
        },
    )
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
        verdicts.append(Verdict(suite, len(frame), tuple(_failures(suite, result)), ""))
        progress(done, len(suites))
    context.build_data_docs(site_names=[_SITE])
    verdicts = [
        Verdict(item.suite, item.rows, item.failed, _page_of(new, item.suite.name)) for item in verdicts
    ]
    for page in new.rglob("*.html"):
        page.write_text(_at_home(page.read_text(encoding="utf-8")), encoding="utf-8")
    (new / "index.html").write_text(_index(heading, verdicts), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
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


def _failures(suite: Suite, result: Any) -> list[str]:
    """Say which expectations do not hold, in the words of the suite and in counts."""
    lines = []
    for item in result.results:
        if item.success:
            continue
        config = item.expectation_config
        column = config.kwargs.get("column") or config.kwargs.get("column_A")
        found = item.result.get("unexpected_count")
        count = f"{found:,} of {item.result['element_count']:,} {suite.of}: " if found else ""
        where = f" ({column})" if column else ""
        lines.append(f"{suite.name}: {count}{config.notes}{where}")
    return lines


def _page_of(site: Path, name: str) -> str:
    (page,) = (site / "validations" / name).rglob("*.html")
    return page.relative_to(site).as_posix()


def _at_home(page: str) -> str:
    """Take out of a page all that it would load from elsewhere or lead to there."""
    return _FROM_ELSEWHERE.sub("", page).replace("</head>", _STYLE + "</head>", 1)


def _index(heading: str, verdicts: list[Verdict]) -> str:
    """Write the first page: that of Data Docs is made by scripts which it loads from elsewhere."""
    rows = []
    for item in verdicts:
        count = len(item.suite.expectations)
        told = f"{count} hold" if not item.failed else f"{len(item.failed)} of {count} do not hold"
        failed = "".join(f"<br>{escape(line.partition(': ')[2])}" for line in item.failed)
        rows.append(
            f'<tr{" class=fails" if item.failed else ""}><td><a href="{escape(item.page)}">'
            f"{escape(item.suite.title)}</a></td><td>{item.suite.stage}</td><td>{item.rows:,}</td>"
            f"<td>{told}{failed}</td></tr>"
        )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(heading)}</title>{_STYLE}'
        f"</head><body><h1>{escape(heading)}</h1><table><thead><tr><th>What</th><th>Stage</th><th>Rows</th>"
        f"<th>Expectations</th></tr></thead><tbody>{''.join(rows)}</tbody></table></body></html>\n"
    )
