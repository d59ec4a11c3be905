"""changes.csv: which rows a version adds to and takes from the one before, in bounded memory."""

import json
from pathlib import Path
from typing import Any

import duckdb

from car.errors import CarError
from car.release.export import CSV_OPTIONS
from car.warehouse.database import quote_name, quote_text

# What a reader sees as one file, as the manifests of two versions name it: {path: file entry}.
Files = dict[str, dict[str, Any]]

# The buffer is small because two of them, at DuckDB's own size, leave little of a small memory limit.
_READ_OPTIONS = (
    """auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', comment = ''"""
    ", nullstr = '', all_varchar = true, new_line = '\\n', strict_mode = true, parallel = false"
    ", buffer_size = 8388608"
)


class ChangeWriter:
    """Compares two versions of parties' folders, file by file and row by row.

    Works in an in-memory DuckDB that spills, so that files of any length fit.

    Parameters:
        scratch: folder for what does not fit into memory.
    """

    def __init__(self, scratch: Path, threads: int, memory_limit: str) -> None:
        config = {
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,  # every result below is sorted
        }
        self._connection = duckdb.connect(config=config)
        self._connection.execute("create table changes (file varchar, change varchar, line varchar)")

    def close(self) -> None:
        """Let go of the memory."""
        self._connection.close()

    def write(self, target: Path, old_dir: Path, old: Files, new_dir: Path, new: Files) -> int:
        """Write one party's changes.csv and give how many rows it has.

        Rows are sorted as in every published file. A row that stands several times counts several times.

        Parameters:
            old: the CSVs of the version before; empty for a party that had none.
            new: the CSVs of this version; empty for a party that no longer gets any.
        """
        self._connection.execute("truncate changes")
        for path in sorted({*old, *new}):
            before, after = old.get(path), new.get(path)
            if before is not None and after is not None and before["sha256"] == after["sha256"]:
                continue
            sides = []
            if before is not None and before["rows"]:
                sides.append(_lines(old_dir / path, before["columns"], -1))
            if after is not None and after["rows"]:
                sides.append(_lines(new_dir / path, after["columns"], 1))
            if sides:
                self._connection.execute(
                    f"""
                    insert into changes
                    select {quote_text(path)}, if(balance > 0, 'added', 'removed'), line
                    from (
                        select line, sum(side) as balance
                        from ({" union all ".join(sides)})
                        group by line
                        having sum(side) <> 0
                    ), range(abs(balance)::bigint)
                    """
                )
        written = self._connection.execute(
            f"""
            copy (select file, change, line as "row" from changes order by all)
            to {quote_text(str(target))} ({CSV_OPTIONS})
            """
        ).fetchall()
        return written[0][0]


def _lines(path: Path, columns: list[str], side: int) -> str:
    """Select the records of a CSV, each as the line that it is, quotes and all."""
    types = "{" + ", ".join(f"{quote_text(column)}: 'VARCHAR'" for column in columns) + "}"
    fields = ", ".join(
        f"""case when {name} is null then '' when regexp_matches({name}, '[,"\\r\\n]')"""
        f""" then '"' || replace({name}, '"', '""') || '"' else {name} end"""
        for name in map(quote_name, columns)
    )
    return (
        f"select array_to_string([{fields}], ',') as line, {side} as side"
        f" from read_csv({quote_text(str(path))}, columns = {types}, {_READ_OPTIONS})"
    )


def csv_files(party_dir: Path) -> Files:
    """Read from a published party's manifest which CSVs it holds, without changes.csv.

    Raises:
        CarError: the folder has no readable manifest.
    """
    try:
        manifest = json.loads((party_dir / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CarError(
            f"The release folder {party_dir} has no readable manifest.json. `car verify` names all that is"
            " not as it was published; `car rollback` puts a version that is whole in force."
        ) from error
    return {
        file["path"]: file
        for file in manifest["files"]
        if file["path"].endswith(".csv") and file["path"] != "changes.csv"
    }
