"""The product against the second implementation: the same counts and the same cells, on nasty landing zones.

Compared is every file that is published, as the exposures have it. What the second implementation does not
reckon yet is declared as owed, and a warning says so.

Differences are printed as file, row number and column, with the two cells; cells of columns that show
something of a Device or a meter point are not printed.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from adversarial import write_landing  # noqa: E402
from published_places import Places, PublishedFile  # noqa: E402
from reference import Result, compute  # noqa: E402

# Months of 28, 30 and 31 days; the second as of an instant in the month, the last after the month before it.
CASES = [
    (1, "2026-02", None, None),
    (2, "2026-04", datetime(2026, 4, 24, 13, 0, 1), None),
    (3, "2025-12", None, "2025-11"),
]
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
# What columns tell of (`shows`) that no message prints.
NOT_PRINTED = ("own_device", "own_meter_point")
DIFFERENCES_SHOWN = 25


@dataclass
class Compared:
    """One month as the product published it and as the second implementation has it.

    Attributes:
        exposures: by name, as dbt's manifest has them.
    """

    expected: Result
    run: dict[str, Any]
    parties: Path
    places: Places
    exposures: dict[str, dict[str, Any]]

    @property
    def published(self) -> list[str]:
        """Every CSV of every recipient, as a path below parties/."""
        return sorted(path.relative_to(self.parties).as_posix() for path in self.parties.rglob("*.csv"))


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


# Each month is one part of the long tests.
pytestmark = pytest.mark.long(by="compared")


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"seed {case[0]}, {case[1]}")
def compared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    seed, month, as_of, before = request.param
    folder = tmp_path_factory.mktemp(f"second-implementation-{seed}")
    landing, out = folder / "landing", folder / "out"
    write_landing(landing, month, seed)
    options = ["--no-pdf", "--no-industry", "--force", *(("--as-of", as_of.isoformat()) if as_of else ())]
    # The data tests run on the first of the months, and on others in `tasks.py build`.
    left_out = {} if request.param == CASES[0] else {"DBT_RESOURCE_TYPES": "model seed"}
    for each in filter(None, (before, month)):
        given = ("--landing", str(landing), "--out", str(out), "--month", each)
        done = _car("run", *given, *options, **left_out)
        assert done.returncode == 0, (
            f"car run ended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
    release = out / "releases" / month / "current"
    parties = release / "parties"
    seeds = REPOSITORY / "seeds"
    history = compute(landing, before, as_of, seeds).files if before else None
    expected = compute(landing, month, as_of, seeds, history)
    manifest = out / ".car" / "target" / "manifest.json"
    exposures = json.loads(manifest.read_text(encoding="utf-8"))["exposures"].values()
    yield Compared(
        expected,
        json.loads((release / "run.json").read_text(encoding="utf-8")),
        parties,
        Places.read(manifest),
        {exposure["name"]: exposure for exposure in exposures},
    )


def _cells(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True))


def as_csv(rows: list[list[str]]) -> bytes:
    """Rows as published: UTF-8, comma, quotes only where needed, each line ended by a line feed."""

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in ',"\r\n') else cell

    return "".join(",".join(map(quoted, row)) + "\n" for row in rows).encode("utf-8")


def without_columns(rows: list[list[str]], names: Container[str]) -> list[list[str]]:
    """The rows of a file without some columns; those that a colleague still has to reckon."""
    keep = [at for at, name in enumerate(rows[0]) if name not in names]
    return [[row[at] for at in keep] for row in rows]


def file_differences(
    path: str, expected: list[list[str]], published: list[list[str]], not_printed: Container[str]
) -> list[str]:
    """What differs in one file, in words: the header, rows on one side only, or single cells.

    Rows are first paired by content, so that one missing row does not shift all that follow it.
    """
    if expected[0] != published[0]:
        return [f"{path}: header {published[0]} instead of {expected[0]}"]
    header = expected[0]
    keep = [i for i, name in enumerate(header) if name not in not_printed]

    def shown(row: list[str]) -> dict[str, str]:
        return {header[i]: row[i] for i in keep if i > 2}

    missing = _without(expected, published)
    surplus = _without(published, expected)
    found = []
    if not missing and not surplus:
        return [f"{path}: the same rows in another order"] if expected != published else []
    for (number, wanted), (at, given) in zip(missing, surplus, strict=False):
        cells = [
            f"{name} {'differs' if name in not_printed else f'{b!r} instead of {a!r}'}"
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
    published = {path for path in compared.published if not is_owed(path, compared.places)}
    # A file that was retired has no exposure any more; what readers were promised says that it is meant so.
    retired = {path for path in compared.expected.files if _file(compared.places, path) is None}
    if retired:
        names = sorted({re.sub(r"^[^/]+/", "", path) for path in retired})
        warnings.warn(f"tests/reference still reckons what is retired: {', '.join(names)}", stacklevel=1)
    expected = set(compared.expected.files) - retired
    differences = [f"{path} is missing" for path in sorted(expected - published)]
    differences += [f"{path} is not expected" for path in sorted(published - expected)]
    _assert_none(differences, "the set of files")
    recipients = {party for party, _ in compared.expected.recipients}
    assert {p.name for p in compared.parties.iterdir()} == recipients


def _file(places: Places, path: str) -> PublishedFile | None:
    """The exposure of a path below parties/."""
    found = places.file_of(path.partition("/")[2])
    return found[0] if found else None


def is_owed(path: str, places: Places) -> bool:
    """Whether the second implementation owes a file (a path below parties/)."""
    file = _file(places, path)
    return file is not None and file.publication.second_implementation == "owed"


def not_as_declared(
    places: Places, exposures: dict[str, dict[str, Any]], reckoned: Iterable[str]
) -> tuple[list[str], list[str]]:
    """What the second implementation owes, and what is declared of it that does not hold, with what to write.

    Parameters: exposures, by name; reckoned, the paths that it has, below parties/.
    """
    found = {file.path for path in reckoned if (file := _file(places, path)) is not None}
    owed, faults = [], []
    for file in places.files:
        publication = file.publication
        where = f"{exposures[publication.name]['original_file_path']}, {publication.name}"
        if publication.second_implementation == "owed":
            owed.append(f"{file.path} ({where})")
            if file.path in found:
                faults.append(
                    f"{where}: tests/reference has {file.path}: delete `second_implementation: owed`"
                )
        elif file.path not in found:
            faults.append(
                f"{where}: tests/reference has no {file.path}:"
                " write `second_implementation: owed` under `publish`"
            )
    return owed, faults


def test_every_published_file_is_reckoned_or_owed(compared: Compared) -> None:
    owed, faults = not_as_declared(compared.places, compared.exposures, compared.expected.files)
    if owed:
        warnings.warn(f"tests/reference owes {', '.join(owed)}", stacklevel=1)
    _assert_none(faults, "what is declared of the second implementation")


def test_a_file_that_is_neither_reckoned_nor_owed_is_told_with_the_line_to_write(compared: Compared) -> None:
    # Each file in turn: left out where the second implementation has it, put in where it owes it.
    reckoned = set(compared.expected.files)
    for file in compared.places.files:
        name = file.publication.name
        of_file = {path for path in compared.published if _file(compared.places, path) == file}
        assert of_file
        is_reckoned = file.publication.second_implementation != "owed"
        otherwise = reckoned - of_file if is_reckoned else reckoned | of_file
        _, (told,) = not_as_declared(compared.places, compared.exposures, otherwise)
        assert re.match(rf"models/\S+\.yml, {name}: tests/reference has ", told)
        assert told.endswith(
            "write `second_implementation: owed` under `publish`"
            if is_reckoned
            else "delete `second_implementation: owed`"
        )


def test_every_cell(compared: Compared) -> None:
    differences = []
    for path in compared.published:
        expected, file = compared.expected.files.get(path), _file(compared.places, path)
        if expected is None or file is None:
            continue
        published = compared.parties / path
        not_printed = {column for column, shows in file.shows.items() if shows in NOT_PRINTED}
        owed = {one.name for one in file.publication.columns if one.second_implementation == "owed"}
        found = file_differences(path, expected, without_columns(_cells(published), owed), not_printed)
        if owed:
            warnings.warn(f"tests/reference owes {', '.join(sorted(owed))} of {path}", stacklevel=1)
        elif not found and published.read_bytes() != as_csv(expected):
            found = [f"{path}: equal cells, but other bytes (quotes, line ends or encoding)"]
        differences += found
    _assert_none(differences, "the cells")


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
    assert file_differences("f", rows, [list(r) for r in rows], ()) == []
    assert "header" in file_differences("f", rows, [[*header[:4], "other"], *rows[1:]], ())[0]
    more = [[*header, "more"], *([*row, "9"] for row in rows[1:])]
    assert "header" in file_differences("f", rows, more, ())[0]
    assert file_differences("f", rows, without_columns(more, {"more"}), ()) == []
    assert file_differences("f", rows, [header, rows[2], rows[1]], ()) == [
        "f: the same rows in another order"
    ]
    assert file_differences("f", rows, rows[:2], {"device_id"}) == [
        "f: expected row 2 is missing: {'value': '2'}"
    ]
    assert file_differences("f", rows[:2], rows, {"device_id"}) == [
        "f: row 2 is not expected: {'value': '2'}"
    ]
    changed = file_differences("f", rows, [header, rows[1], [*lead, "d3", "3"]], {"device_id"})
    assert changed == ["f: row 2 (expected 2): device_id differs; value '3' instead of '2'"]
    assert as_csv([['a"b', "c,d", " e", ""]]) == b'"a""b","c,d", e,\n'
