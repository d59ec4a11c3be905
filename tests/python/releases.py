"""Reads what is published in plain Python, without the package: is it whole, what does changes.csv say."""

import csv
import hashlib
import io
import json
import os
import re
from collections import Counter


def csv_bytes(root):
    """The CSVs below a folder: {path: content}."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.csv"))}


def published(out):
    """All that readers can see below an output folder: {path: content, or where the link leads}.

    run.json is left out: it names the run and says how long it took.
    """
    seen = {}
    for path in sorted((out / "releases").rglob("*")):
        name = str(path.relative_to(out / "releases"))
        if "/." in name or path.name == "run.json":
            continue
        if path.is_symlink():
            seen[name] = os.readlink(path)
        elif path.is_file():
            seen[name] = path.read_bytes()
    return seen


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


def apply_changes(old, changes):
    """Turn the CSVs of a version into those of the next: {path: Counter of lines}."""
    for file, change, row in changes:
        lines = old.setdefault(file, Counter())
        lines[row] += 1 if change == "added" else -1
        assert lines[row] >= 0
    return {file: +lines for file, lines in old.items() if +lines}


def lines_of(folder):
    """The records of each CSV as they stand in it, cut by the csv module and found again in the text."""
    found = {}
    for path, content in csv_bytes(folder).items():
        if path == "changes.csv":
            continue
        text = content.decode()
        records = re.findall(r'((?:[^"\n]|"(?:[^"]|"")*")*)\n', text)
        assert len(records) == len(list(csv.reader(io.StringIO(text))))
        found[path] = Counter(records[1:])
    return found


def read_changes(folder):
    """The rows of a recipient's changes.csv, without its header."""
    with (folder / "changes.csv").open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    assert header == ["file", "change", "row"]
    return rows
