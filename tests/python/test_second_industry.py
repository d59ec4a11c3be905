"""The industry report against its second implementation: the same cells in every file, on nasty months.

The months have 28 to 31 days and both changes of the clocks. One is provisional (its as-of instant lies in
it), one comes after a month that was published, one has no file of most feeds. Differences are printed as
file, row number and column, with the two cells.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

import reference.industry  # noqa: E402
from adversarial import write_landing  # noqa: E402
from adversarial_pmr_lists import write_lists  # noqa: E402
from reference.landing import read_landing  # noqa: E402
from reference.pmr import industry_files  # noqa: E402
from test_second_implementation import _assert_none, _car, _cells, as_csv, file_differences  # noqa: E402

SEEDS = REPOSITORY / "seeds"


@dataclass(frozen=True)
class Case:
    """A month to compare.

    Attributes:
        before: the month that is published before it; None: it has no history.
        minimum_rows: of disclosure control; fewer than is usual, so that small cells are shown.
        homes_a_day: about how many homes are fitted with a hub and meters each day.
        feeds: those that have a file; None: all.
        with_proof: whether a list of outages landed after the period.
    """

    seed: int
    month: str
    as_of: datetime | None = None
    before: str | None = None
    minimum_rows: int = 100
    homes_a_day: int = 9
    feeds: tuple[str, ...] | None = None
    with_proof: bool = True

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.month}"


CASES = [
    Case(1, "2026-10", before="2026-09", minimum_rows=12),
    Case(2, "2026-02", minimum_rows=12, homes_a_day=25),
    Case(3, "2026-03", with_proof=False),
    Case(4, "2026-04", as_of=datetime(2026, 4, 24, 13, 0, 1)),
    Case(5, "2028-02", minimum_rows=20, homes_a_day=40),
    Case(
        6,
        "2026-11",
        as_of=datetime(2026, 12, 4),
        feeds=("parties", "service_requests", "device_inventory", "registrations"),
    ),
    Case(7, "2026-12", as_of=datetime(2027, 1, 4), feeds=("parties",)),
]


@dataclass
class Compared:
    """A month as both have it: path below industry/ -> rows of cells, and the folder of the product's."""

    expected: dict[str, list[list[str]]]
    folder: Path


# Each month is one part of the long tests.
pytestmark = pytest.mark.long(by="compared")


@pytest.fixture(scope="module", params=CASES, ids=str)
def compared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    case: Case = request.param
    folder = tmp_path_factory.mktemp(f"second-industry-{case.seed}")
    landing, out = folder / "landing", folder / "out"
    land(landing, case)
    options = ["--no-pdf", "--force", "--vars", f"{{minimum_rows: {case.minimum_rows}}}"]
    options += ["--as-of", case.as_of.isoformat()] if case.as_of else []
    for month in filter(None, (case.before, case.month)):
        given = ("--landing", str(landing), "--out", str(out), "--month", month)
        done = _car("run", *given, *options, DBT_RESOURCE_TYPES="model seed")
        assert done.returncode == 0, (
            f"car run ended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference.industry, "MINIMUM_ROWS", case.minimum_rows)
        landed = read_landing(landing, case.as_of)
        history = industry_files(landed, case.before, SEEDS, landing) if case.before else None
        expected = industry_files(landed, case.month, SEEDS, landing, history)
    yield Compared(expected, out / "releases" / case.month / "current" / "industry")


def land(landing: Path, case: Case) -> None:
    """Write the landing of a case."""
    write_landing(landing, case.month, case.seed)
    write_lists(
        landing,
        case.month,
        case.seed,
        as_of=case.as_of,
        homes_a_day=case.homes_a_day,
        with_proof=case.with_proof,
    )
    for feed in landing.iterdir():
        if case.feeds is not None and feed.name not in case.feeds:
            shutil.rmtree(feed)


def test_files(compared: Compared) -> None:
    published = {path.relative_to(compared.folder).as_posix() for path in compared.folder.rglob("*.csv")}
    assert published - {"changes.csv"} == set(compared.expected)


def test_every_cell(compared: Compared) -> None:
    differences = []
    for path, expected in sorted(compared.expected.items()):
        published = compared.folder / path
        found = file_differences(path, expected, _cells(published), ())
        if not found and published.read_bytes() != as_csv(expected):
            found = [f"{path}: equal cells, but other bytes (quotes, line ends or encoding)"]
        differences += found
    _assert_none(differences, "the cells")
