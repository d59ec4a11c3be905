"""Reads what is published in plain Python, without the package: is it whole, what does changes.csv say."""

import csv
import hashlib
import json
import os
import re
from collections import Counter


def csv_bytes(root):
    """The CSVs below a folder: {path: content}."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.csv"))}


def published(out):
    """All that readers can see below an output folder: {path: content, or where the link leads}.

    run.json is left out: it names the run and says how long it took. So are these of log.jsonl.
    """
    seen = {}
    for path in sorted((out / "releases").rglob("*")):
        name = str(path.relative_to(out / "releases"))
        if "/." in name or path.name == "run.json":
            continue
        if path.is_symlink():
            seen[name] = os.readlink(path)
        elif path.name == "log.jsonl":
            seen[name] = [_without_instant(line) for line in path.read_text().splitlines()]
        elif path.is_file():
            seen[name] = path.read_bytes()
    return seen


def _without_instant(line):
    """A switch, without what differs from run to run."""
    switch = json.loads(line)
    del switch["instant"]
    return {**switch, "by": re.sub(r"^run .*", "run", switch["by"])}


def left_over(out):
    """What no finished command leaves in an output folder: half-written releases, links and indexes."""
    return [*(out / "releases").glob("*/.*"), *(out / "releases").glob("**/.*"), *(out / ".car").glob(".*")]


def assert_whole(out):
    """Every version is what its manifests list, no more and no less, and `current` leads to one of them."""
    for month in (out / "releases").iterdir() if (out / "releases").is_dir() else ():
        versions = [path for path in month.iterdir() if re.fullmatch(r"v\d+", path.name)]
        for version in versions:
            assert json.loads((version / "run.json").read_text())["version"] == int(version.name[1:])
            parties = list((version / "parties").iterdir())
            assert parties
            for party in parties:
                assert_folder_whole(party)
        if os.path.lexists(month / "current"):
            assert os.readlink(month / "current") in [path.name for path in versions]


def assert_folder_whole(party):
    """A recipient's folder holds just what its manifest lists."""
    manifest = json.loads((party / "manifest.json").read_text())
    on_disk = {str(path.relative_to(party)) for path in party.rglob("*") if path.is_file()}
    assert {file["path"] for file in manifest["files"]} == on_disk - {"manifest.json"}
    for file in manifest["files"]:
        content = (party / file["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])


def rows_of(path):
    """The columns of a CSV, and its rows as mappings from column to cell."""
    with path.open(encoding="utf-8", newline="") as handle:
        header, *records = csv.reader(handle, strict=True)
    return header, [dict(zip(header, record, strict=True)) for record in records]


LEADING = ["reporting_month", "party_id", "role"]


def cells_of(folder):
    """What each CSV of a recipient says, without changes.csv: {path: Counter of its rows}.

    A row is the set of its cells that are not empty, without month, party and role, which the place says.
    """
    found = {}
    for path in sorted(folder.rglob("*.csv")) if folder.is_dir() else ():
        name = str(path.relative_to(folder))
        if name != "changes.csv":
            header, rows = rows_of(path)
            left_out = LEADING if header[:3] == LEADING else []
            found[name] = Counter(_cells(row, left_out) for row in rows)
    return found


def _cells(row, left_out=()):
    return frozenset((column, cell) for column, cell in row.items() if cell != "" and column not in left_out)


def read_changes(folder):
    """The lines of a recipient's changes.csv, without its header."""
    with (folder / "changes.csv").open(encoding="utf-8", newline="") as handle:
        header, *lines = csv.reader(handle, strict=True)
    assert header == ["file", "key", "change", "column", "old", "new"]
    return lines


def read_key(text):
    """The cells that a key names: {column: cell}, with the empty ones."""
    parts = re.findall(r"(?:\A|; )([^=;]+)=((?:[^\\;]|\\[\\;])*)", text)
    assert "; ".join(f"{column}={cell}" for column, cell in parts) == text
    return {column: re.sub(r"\\(.)", r"\1", cell, flags=re.DOTALL) for column, cell in parts}


def apply_changes(old, changes):
    """Turn the rows of a version, as `cells_of` gives them, into those of the next by its changes.csv.

    As docs/changes.md says: each line is applied by what it says alone, and it is an error where it does not
    fit.
    """
    rows = {
        path: [dict(row) for row, count in found.items() for _ in range(count)] for path, found in old.items()
    }
    gone, come, changed = [], {}, []
    columns = {}
    for file, key, change, column, was, now in changes:
        if change == "file removed":
            assert (key, column, was, now) == ("", "", "", "")
            del rows[file]
        elif change == "file added":
            assert (key, column, was, now) == ("", "", "", "") and file not in rows
            rows[file] = []
        elif change in ("column added", "column removed"):
            assert (key, was, now) == ("", "", "") and column
            columns[file, column] = change
        elif change == "row removed":
            assert (column, was, now) == ("", "", "")
            gone.append((file, read_key(key)))
        elif change == "row added":
            assert was == "" and bool(column) == bool(now)
            come.setdefault((file, key), []).append((column, now))
        else:
            assert change == "changed" and column and was != now
            changed.append((file, read_key(key), column, was, now))

    def found(file, key, taken=()):
        fits = [
            row
            for row in rows[file]
            if id(row) not in taken and all(row.get(name, "") == cell for name, cell in key.items())
        ]
        assert fits, "a line names a row that is not there"
        # Where rows may be equal any of the copies will do; with a key there is one alone.
        return fits

    for file, key in gone:
        rows[file].remove(found(file, key)[0])
    done = {}
    for file, key, column, was, now in changed:
        # Each copy gets one new cell of a column.
        taken = done.setdefault((file, column), set())
        row = next(row for row in found(file, key, taken) if row.get(column, "") == was)
        assert columns.get((file, column)) != "column added" or was == ""
        assert columns.get((file, column)) != "column removed" or now == ""
        row[column] = now
        taken.add(id(row))
    for (file, key), cells in come.items():
        names = [column for column, _ in cells]
        if "" in names or len(set(names)) < len(names):
            # Rows that their key alone says, a line per copy.
            assert set(names) == {""}
            rows[file] += [read_key(key) for _ in cells]
        else:
            rows[file].append({**read_key(key), **dict(cells)})
    return {file: Counter(map(_cells, of_file)) for file, of_file in rows.items()}
