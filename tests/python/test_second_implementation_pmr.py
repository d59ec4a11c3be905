"""The industry report against its second implementation: the same cells, month after nasty month.

Compared is every CSV in a release's industry/ but changes.csv: the second implementation has no restatement.
One run of the suite in four has the first of CASES. The others are long: `--long` runs them all, each in
about a minute for a month that is published.

All of CASES were equal in every cell when they were last run one after another (November 2026). So were,
besides: 2026-05 of seed 11; 2026-02 of seed 13, up to the 17th; 2026-09 of seed 14, without incidents,
commentary, exceptions and stage times; 2026-10 of seed 15 after 2026-09; 2027-01 of seed 16 after
2026-12, provisional; 2026-09 of seed 18, without an inventory; 2026-11 of seed 20; 2026-03 of seed 21, up
to the hour at which the clocks change; the parties' 2026-10 of seed 2; and 2026-04 after 2026-03 of a
market of 36 parties. The parties' 2025-12 of seed 3 is not (EH2): Devices do not say their firmware, and
the Central Products List has a version that is called "Unknown".

One file alone, of one month:
`python3 tasks.py test tests/python/test_second_implementation_pmr.py -k "rsvp_monthly and 2026-02"`.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

import reference.industry  # noqa: E402
from adversarial import write_landing  # noqa: E402
from adversarial_pmr import VARIABLES, write_industry_landing  # noqa: E402
from adversarial_pmr_lists import lists, write_lists, write_proof  # noqa: E402
from reference.landing import read_landing  # noqa: E402
from reference.pmr import industry_files  # noqa: E402

from car.simulate import simulate  # noqa: E402

Cells = list[list[str]]

# How many columns after reporting_month are the key of a row. Of other files whole rows are compared.
KEY_COLUMNS = {
    "measures.csv": 8,
    "definitions.csv": 1,
    "rsvp_monthly.csv": 5,
    "rsvp_daily.csv": 4,
    "iterations.csv": 2,
    "failures.csv": 5,
    "installs_daily.csv": 6,
    "top_up_attempts.csv": 2,
    "firmware.csv": 3,
    "alerts.csv": 1,
    "availability.csv": 4,
    "availability_daily.csv": 4,
    "reliability.csv": 1,
    "process_availability.csv": 3,
    "incidents.csv": 1,
    "incident_statistics.csv": 4,
}
FILES = (
    *KEY_COLUMNS,
    "outages.csv",
    "provider_measures.csv",
    "exceptions.csv",
    "commentary.csv",
    "league_table.csv",
    "installs_league.csv",
    "reconciliation.csv",
)
DIFFERENCES_SHOWN = 40
MARKET = {"parties": 14, "devices": 1500, "requests": 5000, "alerts": 2500}


@dataclass(frozen=True)
class Case:
    """A month to compare.

    Attributes:
        before: the month that is published before it.
        without: feeds that have no file.
        with_proof: whether a list of outages landed after the month.
        parties_world: the landing of the parties' comparison, with the ordinary rules of disclosure.
        market: an ordinary market of the simulator, with what it plants for the report, of both months.
    """

    seed: int
    month: str
    as_of: datetime | None = None
    before: str | None = None
    history_days: int = 60
    without: tuple[str, ...] = ()
    with_proof: bool = True
    parties_world: bool = False
    market: bool = False
    variables: dict[str, int] = field(default_factory=lambda: dict(VARIABLES), hash=False)

    def __str__(self) -> str:
        return f"{self.month}, seed {self.seed}"

    def write(self, landing: Path) -> None:
        """Its landing zone."""
        if self.market:
            simulate(landing, f"{self.before}..{self.month}", seed=self.seed, workers=1, **MARKET)
        elif self.parties_world:
            write_landing(landing, self.month, self.seed)
            write_lists(landing, self.month, self.seed, self.as_of)
        else:
            write_industry_landing(
                landing, self.month, self.seed, self.as_of, self.history_days, self.without, lists
            )
            if self.with_proof and "service_outages" not in self.without:
                write_proof(landing, self.month)


CASES = (
    # 28 days; 31 days and the clock change in March, with a month before; the one in October, and a day too
    # few for who is silent; a provisional month; the year's end, some feeds without a file; without proof of
    # availability; the parties'; two months of a small market in which nothing is at its edge on purpose; two
    # with exceptions of what is gone and hubs that stay open; and one without any request.
    Case(1, "2026-02"),
    Case(2, "2026-03", before="2026-02"),
    Case(3, "2026-10", history_days=59),
    Case(4, "2026-04", as_of=datetime(2026, 4, 20, 13, 0, 1)),
    Case(5, "2025-12", without=("firmware_distributions", "alerts", "service_outages")),
    Case(6, "2026-06", with_proof=False),
    Case(1, "2026-04", parties_world=True, variables={}),
    Case(5, "2026-11", before="2026-10", market=True, variables={}),
    Case(12, "2026-07", before="2026-06"),
    Case(17, "2026-08", without=("service_requests",)),
)


@dataclass
class Compared:
    """A month as it was published, and as the second implementation has it."""

    expected: dict[str, Cells]
    published: Path


# The first month takes its turn; each of the others is one part of the long tests.
PARAMETERS = [
    pytest.param(CASES[0], marks=pytest.mark.turn(3)),
    *(pytest.param(case, marks=pytest.mark.long(by="compared")) for case in CASES[1:]),
]


@pytest.fixture(scope="module", params=PARAMETERS, ids=str)
def compared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    case = request.param
    folder = tmp_path_factory.mktemp("second-implementation")
    landing, out = folder / "landing", folder / "out"
    case.write(landing)
    for month in filter(None, (case.before, case.month)):
        run(landing, out, month, case)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            reference.industry,
            "MINIMUM_ROWS",
            case.variables.get("minimum_rows", reference.industry.MINIMUM_ROWS),
        )
        landed = read_landing(landing, case.as_of)
        history: dict[str, Cells] = {}
        for month in filter(None, (case.before, case.month)):
            history = industry_files(landed, month, REPOSITORY / "seeds", landing, history)
    yield Compared(history, out / "releases" / case.month / "current" / "industry")


def run(landing: Path, out: Path, month: str, case: Case) -> None:
    """Publish a month, without data tests: they run elsewhere."""
    path = os.pathsep.join(filter(None, (str(REPOSITORY / "python"), os.environ.get("PYTHONPATH", ""))))
    given = ["--landing", str(landing), "--out", str(out), "--month", month, "--no-pdf", "--force"]
    given += ["--vars", str(case.variables)]
    given += ["--as-of", case.as_of.isoformat()] if case.as_of else []
    done = subprocess.run(
        [sys.executable, "-m", "car", "run", *given],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": path, "DBT_RESOURCE_TYPES": "model seed"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"car run ended with {done.returncode}\n{done.stdout}\n{done.stderr}"


def cells_of(content: bytes) -> Cells:
    """The cells of a CSV."""
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


def differences(name: str, expected: Cells, published: Cells) -> list[str]:
    """What differs in one file, in words: the header, rows of one side only, or single cells."""
    if expected[0] != published[0]:
        return [f"{name}: header {published[0]} instead of {expected[0]}"]
    if expected == published:
        return []
    header, keys = expected[0], 1 + KEY_COLUMNS.get(name, len(expected[0]))
    wanted, given = by_key(expected[1:], keys), by_key(published[1:], keys)
    found = []
    for key in sorted({*wanted, *given}):
        place = f"{name}: {' | '.join(key[1:])}"
        ours, theirs = wanted.get(key, []), given.get(key, [])
        if len(ours) != len(theirs):
            found.append(f"{place}: {len(theirs)} rows instead of {len(ours)}")
            continue
        for row, other in zip(ours, theirs, strict=True):
            found += [
                f"{place}: {column} {b!r} instead of {a!r}"
                for column, a, b in zip(header, row, other, strict=True)
                if a != b
            ]
    return found or [f"{name}: the same rows in another order"]


def by_key(rows: Cells, length: int) -> dict[tuple[str, ...], Cells]:
    """Rows by their first cells."""
    found: dict[tuple[str, ...], Cells] = defaultdict(list)
    for row in rows:
        found[tuple(row[:length])].append(row)
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_cell(compared: Compared, name: str) -> None:
    found = differences(name, compared.expected[name], cells_of((compared.published / name).read_bytes()))
    shown = "\n".join(found[:DIFFERENCES_SHOWN])
    assert not found, f"{len(found)} differences in {name} (SQL's instead of Python's):\n{shown}"


def test_every_published_file_is_reckoned(compared: Compared) -> None:
    published = {path.name for path in compared.published.glob("*.csv")} - {"changes.csv"}
    assert published == set(compared.expected) == set(FILES)


def test_the_comparison_itself_sees_every_kind_of_difference() -> None:
    header = ["reporting_month", "measure_id", "kind"]
    rows = [header, ["2026-02", "A", "M"], ["2026-02", "B", "I"]]
    name = "definitions.csv"
    assert differences(name, rows, [list(row) for row in rows]) == []
    assert "header" in differences(name, rows, [[*header[:2], "x"], *rows[1:]])[0]
    assert differences(name, rows, [header, rows[2], rows[1]]) == [f"{name}: the same rows in another order"]
    assert differences(name, rows, rows[:2]) == [f"{name}: B: 0 rows instead of 1"]
    assert differences(name, rows, [header, rows[1], ["2026-02", "B", "M"]]) == [
        f"{name}: B: kind 'M' instead of 'I'"
    ]
