"""What the landing check remembers: its verdicts on the files that it has decoded.

Most files of a run were there at the run before, and to decode them is most of the check's work. Every check
reads and hashes every file. It does not decode a file again whose bytes have the hash that the last index has
of it; the records of a CSV file come out of that index. An index is believed if its seal fits. The seal does
not fit after damage, nor if other code, another contract or other versions judged the files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

from car.fingerprint import fingerprint
from car.landing.contract import Feed
from car.landing.zone import glob_literal
from car.provenance import package_versions

FILES = "files.parquet"
"""The file of a landing index that has a row per file of the landing zone."""
_SEAL = "seal"

Known = tuple[str, str]
"""Location and SHA-256 of a file; a location ends in the file's path, which begins with its feed."""


@dataclass(frozen=True)
class Verdict:
    """What was found of a file that was loaded; the names are those of the landing index."""

    record_count: int
    shape: str
    column_types: dict[str, str]
    extra_columns: list[str]


def judging(feeds: dict[str, Feed]) -> str:
    """Hash what decides a verdict besides a file's bytes: the contract, this package and what it runs on.

    Parameters:
        feeds: the contract.

    Returns:
        A SHA-256, in hexadecimal.
    """
    package = Path(__file__).parent
    versions = json.dumps(package_versions(), sort_keys=True)
    return fingerprint(package.glob("*.py"), package, repr(feeds), versions)


def seal(folder: Path, judged_by: str) -> None:
    """Seal an index that is written, so that a later check can believe it.

    Parameters:
        folder: folder of the landing index.
        judged_by: `judging` of the contract that it was judged by.
    """
    (folder / _SEAL).write_bytes(_seal_of(folder, judged_by))


def recall(folder: Path, judged_by: str) -> dict[Known, Verdict]:
    """Give the verdicts of an index on the files that it loaded from where they lie.

    Parameters:
        folder: folder of the landing index; may be missing.
        judged_by: `judging` of the contract that files are to be judged by.

    Returns:
        A verdict per file; none where the index is not as it was sealed, or was judged by something else.
    """
    try:
        if (folder / _SEAL).read_bytes() != _seal_of(folder, judged_by):
            return {}
        with duckdb.connect(config={"threads": 1}) as connection:
            rows = connection.execute(
                "select location, sha256, record_count, shape, column_types, extra_columns"
                " from read_parquet(?) where verdict = 'loaded'",
                [glob_literal((folder / FILES).as_posix())],
            ).fetchall()
    except (OSError, duckdb.Error):
        return {}
    return {
        (location, sha256): Verdict(count, shape, json.loads(types), json.loads(extra))
        for location, sha256, count, shape, types, extra in rows
    }


def _seal_of(folder: Path, judged_by: str) -> bytes:
    return fingerprint(sorted(folder.glob("*.parquet")), folder, judged_by).encode()
