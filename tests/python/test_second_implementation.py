"""The product against the second implementation: the same counts and the same cells, on nasty landing zones.

Differences are printed as file, row number and column, with the two cells; cells of columns that name a
Device, a meter point or a postcode are not printed.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from adversarial import write_landing  # noqa: E402
from reference import Result, compute  # noqa: E402

# Months of 28, 30 and 31 days, the last across a change of year; the second as of an instant in the month.
CASES = [(1, "2026-02", None), (2, "2026-04", datetime(2026, 4, 24, 13, 0, 1)), (3, "2025-12", None)]
KINDS = (
    "*/inventory/*/devices.csv",
    "*/inventory/*/summary.csv",
    "*/inventory/*/firmware_league.csv",
    "*/business_process/*/srv/*.csv",
    "*/business_process/*/benchmark.csv",
    "*/business_process/*/league_table.csv",
    "*/business_process/*/round_trip_time.csv",
    "*/business_process/*/daily.csv",
    "*/business_process/*/failures.csv",
    "*/business_process/*/install_and_commission.csv",
    "*/business_process/*/change_of_supplier.csv",
    "*/alerts/*/alert/*.csv",
    "*/alerts/*/monthly.csv",
    "*/alerts/*/daily.csv",
    "*/alerts/*/delivery_time.csv",
    "*/network_operator/ED/*.csv",
)
COUNTS = (
    "files_found",
    "files_loaded",
    "files_rejected",
    "rows_read",
    "rows_after_as_of",
    "rows_accepted",
    "rows_superseded",
    "rows_quarantined",
)
NOT_PRINTED = {"device_id", "mpxn", "postcode", "smart_metering_system_id"}
DIFFERENCES_SHOWN = 25


@dataclass
class Compared:
    """One month as the product published it and as the second implementation has it."""

    expected: Result
    run: dict[str, Any]
    parties: Path


def _car(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the product's command from the checkout."""
    path = os.pathsep.join(filter(None, (str(REPOSITORY / "python"), os.environ.get("PYTHONPATH", ""))))
    return subprocess.run(
        [sys.executable, "-m", "car", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"seed {case[0]}, {case[1]}")
def compared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    seed, month, as_of = request.param
    folder = tmp_path_factory.mktemp(f"second-implementation-{seed}")
    landing, out = folder / "landing", folder / "out"
    write_landing(landing, month, seed)
    options = ["--no-pdf", "--force", *(("--as-of", as_of.isoformat()) if as_of else ())]
    # The data tests run on the first of the months, and on others in `tasks.py build`.
    left_out = {} if request.param == CASES[0] else {"DBT_RESOURCE_TYPES": "model seed"}
    done = _car("run", "--landing", str(landing), "--out", str(out), "--month", month, *options, **left_out)
    assert done.returncode == 0, (
        f"car run ended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    (report,) = (out / "runs").glob("*/run.json")
    parties = out / "releases" / month / "current" / "parties"
    expected = compute(landing, month, as_of, REPOSITORY / "seeds")
    yield Compared(expected, json.loads(report.read_text(encoding="utf-8")), parties)


def _published(parties: Path) -> dict[str, Path]:
    """Published files of both kinds, by their path below parties/."""
    return {p.relative_to(parties).as_posix(): p for kind in KINDS for p in parties.glob(kind)}


def _cells(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True))


def as_csv(rows: list[list[str]]) -> bytes:
    """Rows as published: UTF-8, comma, quotes only where needed, each line ended by a line feed."""

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in ',"\r\n') else cell

    return "".join(",".join(map(quoted, row)) + "\n" for row in rows).encode("utf-8")


def file_differences(path: str, expected: list[list[str]], published: list[list[str]]) -> list[str]:
    """What differs in one file, in words: the header, rows on one side only, or single cells.

    Rows are first paired by content, so that one missing row does not shift all that follow it.
    """
    if expected[0] != published[0]:
        return [f"{path}: header {published[0]} instead of {expected[0]}"]
    header = expected[0]
    keep = [i for i, name in enumerate(header) if name not in NOT_PRINTED]

    def shown(row: list[str]) -> dict[str, str]:
        return {header[i]: row[i] for i in keep if i > 2}

    missing = _without(expected, published)
    surplus = _without(published, expected)
    found = []
    if not missing and not surplus:
        return [f"{path}: the same rows in another order"] if expected != published else []
    for (number, wanted), (at, given) in zip(missing, surplus, strict=False):
        cells = [
            f"{name} {'differs' if name in NOT_PRINTED else f'{b!r} instead of {a!r}'}"
            for name, a, b in zip(header, wanted, given, strict=True)
            if a != b
        ]
        found.append(f"{path}: row {at} (expected {number}): {'; '.join(cells)}")
    found += [f"{path}: expected row {n} is missing: {shown(r)}" for n, r in missing[len(surplus) :]]
    found += [f"{path}: row {n} is not expected: {shown(r)}" for n, r in surplus[len(missing) :]]
    return found


def _without(rows: list[list[str]], others: list[list[str]]) -> list[tuple[int, list[str]]]:
    """Rows (with their number) that the others do not have, each copy counted."""
    left = list(map(tuple, others))
    alone = []
    for number, row in enumerate(rows):
        if tuple(row) in left:
            left.remove(tuple(row))
        else:
            alone.append((number, row))
    return alone


def _assert_none(differences: list[str], what: str) -> None:
    shown = "\n".join(differences[:DIFFERENCES_SHOWN])
    assert not differences, f"{len(differences)} differences in {what}:\n{shown}"


def test_feed_counts(compared: Compared) -> None:
    differences = []
    for name, feed in compared.expected.feeds.items():
        given = compared.run["feeds"][name]
        wanted = {count: getattr(feed, count) for count in COUNTS}
        wanted["quarantined_by_reason"] = dict(feed.quarantined_by_reason)
        differences += [
            f"{name}.{count}: {given[count]} instead of {value}"
            for count, value in wanted.items()
            if given[count] != value
        ]
    assert set(compared.run["feeds"]) == set(compared.expected.feeds)
    _assert_none(differences, "the feeds of run.json")


def test_request_counts(compared: Compared) -> None:
    wanted, given = compared.expected.requests, compared.run
    assert given["transforms"] == wanted.transforms
    assert given["requests_counted"] == wanted.requests_counted
    assert given["requests_not_counted"] == {str(k): v for k, v in wanted.requests_not_counted.items()}


def test_as_of(compared: Compared) -> None:
    assert compared.run["as_of"] == f"{compared.expected.as_of:%Y-%m-%dT%H:%M:%SZ}"


def test_files_published(compared: Compared) -> None:
    published, expected = set(_published(compared.parties)), set(compared.expected.files)
    differences = [f"{path} is missing" for path in sorted(expected - published)]
    differences += [f"{path} is not expected" for path in sorted(published - expected)]
    _assert_none(differences, "the set of files")
    recipients = {party for party, _ in compared.expected.recipients}
    assert {p.name for p in compared.parties.iterdir()} == recipients


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell(compared: Compared, kind: str) -> None:
    differences = []
    for path in sorted(p.relative_to(compared.parties).as_posix() for p in compared.parties.glob(kind)):
        expected = compared.expected.files.get(path)
        if expected is None:
            continue
        published = compared.parties / path
        found = file_differences(path, expected, _cells(published))
        if not found and published.read_bytes() != as_csv(expected):
            found = [f"{path}: equal cells, but other bytes (quotes, line ends or encoding)"]
        differences += found
    _assert_none(differences, kind)


@pytest.mark.parametrize("seed", [4, 5])
def test_verdicts_on_bad_files(tmp_path: Path, seed: int) -> None:
    write_landing(tmp_path, "2026-02", seed, with_bad_files=True)
    expected = compute(tmp_path, "2026-02", None, REPOSITORY / "seeds")
    done = _car("check", "--landing", str(tmp_path), "--json")
    given = json.loads(done.stdout)["feeds"]
    differences = []
    for name, feed in expected.feeds.items():
        rejected = {entry["file"] for entry in given[name]["rejected"]}
        differences += [
            f"{path}: {'loaded' if path in feed.rejected else 'rejected'} instead"
            for path in sorted(rejected ^ set(feed.rejected))
        ]
        for count, value in (("files_found", feed.files_found), ("records", feed.rows_read)):
            if given[name][count] != value:
                differences.append(f"{name}.{count}: {given[name][count]} instead of {value}")
    _assert_none(differences, "the verdicts")


def test_the_comparison_itself_sees_every_kind_of_difference() -> None:
    header = ["reporting_month", "party_id", "role", "device_id", "value"]
    lead = ["2026-02", "A", "IS"]
    rows = [header, [*lead, "d1", "1"], [*lead, "d2", "2"]]
    assert file_differences("f", rows, [list(r) for r in rows]) == []
    assert "header" in file_differences("f", rows, [[*header[:4], "other"], *rows[1:]])[0]
    assert file_differences("f", rows, [header, rows[2], rows[1]]) == ["f: the same rows in another order"]
    assert file_differences("f", rows, rows[:2]) == ["f: expected row 2 is missing: {'value': '2'}"]
    assert file_differences("f", rows[:2], rows) == ["f: row 2 is not expected: {'value': '2'}"]
    changed = file_differences("f", rows, [header, rows[1], [*lead, "d3", "3"]])
    assert changed == ["f: row 2 (expected 2): device_id differs; value '3' instead of '2'"]
    assert as_csv([['a"b', "c,d", " e", ""]]) == b'"a""b","c,d", e,\n'
