"""changes.csv: what turns the version before into this one, a line per cell, in bounded memory.

docs/changes.md has the form, and how to apply the lines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from car.release.compare import Comparison, Group, Loaded, Pair, groups_of, names_of, pairs_of
from car.release.described import DescribedFile
from car.release.export import CSV_OPTIONS
from car.warehouse.database import quote_text

_COLUMNS = ("file", "key", "change", "column", "old", "new")
_SELECTED = ", ".join(f'"{name}"' for name in _COLUMNS)
_NO_CELL = """{'column': '', 'old': '', 'new': ''}"""


@dataclass(frozen=True)
class FileChange:
    """How often one file has one kind of change.

    Attributes:
        change: as changes.csv names it.
        lines: of changes.csv: of changed rows one per cell.
        rows: that these lines are about.
        columns: that came or went.
    """

    file: str
    change: str
    lines: int
    rows: int
    columns: tuple[str, ...] = ()


class ChangeWriter:
    """Writes the changes.csv of every party of a release.

    Parameters:
        scratch: folder for what does not fit into memory.
        memory_limit: as DuckDB reads it, e.g. `4GiB`.

    Attributes:
        told: by party, what became of each file by what was written last.
    """

    told: dict[str, list[FileChange]]

    def __init__(self, scratch: Path, threads: int, memory_limit: str) -> None:
        self._comparison = Comparison(scratch, threads, memory_limit)
        self._connection = self._comparison.connection
        self.told = {}

    def close(self) -> None:
        """Let go of the memory."""
        self._comparison.close()

    def write(
        self, targets: Mapping[str, Path], old: Iterable[DescribedFile], new: Iterable[DescribedFile]
    ) -> dict[str, int]:
        """Write the changes.csv of each party, and tell how many lines each has.

        Lines are sorted as in every published file. Of two equal rows each has lines of its own.

        Parameters:
            targets: the file to write, by party; parties with files on either side are among them.
            old: the CSVs of the version before.
            new: the CSVs of this version.
        """
        self._connection.execute(
            f"create or replace table lines (party_id varchar, {_typed(_SELECTED)})",
        )
        pairs = pairs_of(old, new)
        self._tell_files(pairs)
        for group in groups_of(pairs, names_of(pairs)):
            self._tell_columns(group)
            loaded = self._comparison.load(group)
            if loaded.loose_count < len(group.pairs):
                self._comparison.find_changed(loaded)
                self._tell_changed(loaded)
            if loaded.loose_count:
                self._comparison.find_surplus(loaded)
                self._tell_surplus(loaded)
        self.told = self._counted()
        return self._write_sorted(targets)

    def _counted(self) -> dict[str, list[FileChange]]:
        """Count the lines by party: what became of each file, in the order of files."""
        rows = self._connection.execute(
            """
            select
                party_id,
                file,
                change,
                sum(line_count)::bigint,
                sum(row_count)::bigint,
                flatten(list(names))
            from (
                -- A row is told by one line without a column, or by a line for each of its cells.
                select
                    party_id,
                    file,
                    change,
                    key,
                    count(*) as line_count,
                    count(*) filter (coalesce("column", '') = '')
                    + (count(*) filter ("column" <> '') > 0)::int as row_count,
                    if(change in ('column added', 'column removed'), list("column"), []) as names
                from lines
                group by party_id, file, change, key
            )
            group by party_id, file, change
            order by party_id, file, change
            """
        ).fetchall()
        told: dict[str, list[FileChange]] = {}
        for party, file, change, lines, counted, names in rows:
            told.setdefault(party, []).append(FileChange(file, change, lines, counted, tuple(sorted(names))))
        return told

    def _tell_files(self, pairs: Iterable[Pair]) -> None:
        lines = [
            (pair.either.party_id, pair.either.path, "file added" if pair.old is None else "file removed")
            for pair in pairs
            if pair.old is None or pair.new is None
        ]
        self._insert_lines(lines)

    def _tell_columns(self, group: Group) -> None:
        lines = [
            (pair.either.party_id, pair.either.path, change, column)
            for pair in group.pairs
            for change, columns in (("column added", group.added), ("column removed", group.removed))
            for column in columns
        ]
        self._insert_lines(lines)

    def _insert_lines(self, lines: list[tuple[str, ...]]) -> None:
        """Insert lines of files and columns: (party_id, file, change) and the column, where there is one."""
        if lines:
            places = [list(values) for values in zip(*lines, strict=True)]
            places += [[None] * len(lines)] * (4 - len(places))
            self._connection.execute(
                'insert into lines (party_id, file, change, "column") select unnest(?), unnest(?), unnest(?),'
                " unnest(?::varchar[])",
                places,
            )

    def _tell_changed(self, loaded: Loaded) -> None:
        """Tell the rows that a key tells apart: their cells that differ."""
        others = {**loaded.others, **loaded.removed, **loaded.added}
        cells = ", ".join(
            f"{{'column': {quote_text(name)}, 'old': old_{place}, 'new': new_{place}}}"
            for name, place in others.items()
        )
        # A row that goes is told by its key alone, and one that comes with nothing but its key by one line.
        differing = f"list_filter([{cells}], lambda cell: cell.old <> cell.new)" if others else "[]"
        self._insert_cells(
            loaded.group,
            f"""
            select
                file_id,
                {_key_text(loaded.key)} as key,
                change,
                if(change = 'row removed' or len({differing}) = 0, [{_NO_CELL}], {differing}) as cells
            from changed
            """,
        )

    def _tell_surplus(self, loaded: Loaded) -> None:
        """Tell the rows that nothing but all of their columns tells apart, a row per copy."""
        own = {"old": loaded.removed, "new": loaded.added}
        if not loaded.removed and not loaded.added:
            copies = "from surplus, range(abs(new_count - old_count))"
            change = "if(new_count > old_count, 'row added', 'row removed')"
            self._insert_cells(
                loaded.group,
                f"select file_id, {_key_text(loaded.common)} as key, {change} as change,"
                f" [{_NO_CELL}] as cells {copies}",
            )
            return
        self._find_pairable(loaded)
        places = ["file_id", *loaded.common.values()]
        for side, change in (("old", "row removed"), ("new", "row added")):
            joined = " and ".join(f"one.{place} = pairable.{place}" for place in places)
            key = _key_text({**loaded.common, **own[side]}, "one.")
            rows = f"from {side}_rows as one {{}} join pairable on {joined} where one.file_id in (from loose)"
            self._insert_cells(
                loaded.group,
                f"select one.file_id, {key} as key, '{change}' as change, [{_NO_CELL}] as cells"
                f" {rows.format('anti')}",
            )
            for name, place in own[side].items():
                column, cell = quote_text(name), {"old": "''", "new": "''", side: f"one.{place}"}
                self._insert_cells(
                    loaded.group,
                    f"""
                    select
                        one.file_id,
                        {_key_text(loaded.common, "one.")} as key,
                        'changed' as change,
                        [{{'column': {column}, 'old': {cell["old"]}, 'new': {cell["new"]}}}] as cells
                    {rows.format("semi")} and one.{place} <> ''
                    """,
                )

    def _find_pairable(self, loaded: Loaded) -> None:
        """Write into `pairable` the rows of which a reader can tell which copy gets which new cell.

        They stand equally often on both sides, and of the columns of one side at most one differs between the
        copies.
        """
        columns = ", ".join(["file_id", *loaded.common.values()])
        self._connection.execute(
            f"create or replace table pairable as select {columns} from surplus where old_count = new_count"
        )
        for side, own in (("old", loaded.removed), ("new", loaded.added)):
            if len(own) < 2:
                continue
            differ = " + ".join(f"(count(distinct {place}) > 1)::int" for place in own.values())
            self._connection.execute(
                f"""
                create or replace table pairable as
                select {columns}
                from {side}_rows
                semi join pairable using ({columns})
                group by {columns}
                having {differ} < 2
                """
            )

    def _insert_cells(self, group: Group, query: str) -> None:
        """Insert a line per cell of a query with file_id, key, change and a list of cells."""
        files = [
            [number for number, _ in enumerate(group.pairs)],
            [pair.either.party_id for pair in group.pairs],
            [pair.either.path for pair in group.pairs],
        ]
        self._connection.execute(
            f"""
            insert into lines
            select party_id, path, key, change, cell.column, cell.old, cell.new
            from (select file_id, key, change, unnest(cells) as cell from ({query})) as told
            join (select unnest(?) as file_id, unnest(?) as party_id, unnest(?) as path) as files
                using (file_id)
            """,
            files,
        )

    def _write_sorted(self, targets: Mapping[str, Path]) -> dict[str, int]:
        """Sort the lines once, and write each party's part of them."""
        self._connection.execute("set preserve_insertion_order = true")
        columns = ", ".join(f"""nullif("{name}", '') as "{name}\"""" for name in _COLUMNS)
        order = ", ".join(f"{number} nulls last" for number in range(1, len(_COLUMNS) + 2))
        self._connection.execute(
            f"create or replace table sorted_lines as select party_id, {columns} from lines order by {order}"
        )
        self._connection.execute("drop table lines")
        counts = dict(
            self._connection.execute(
                "select party_id, count(*) from sorted_lines group by all order by all"
            ).fetchall()
        )
        begins = dict(zip(counts, accumulate(counts.values(), initial=0), strict=False))
        for party, target in targets.items():
            begin, count = begins.get(party, 0), counts.get(party, 0)
            # The rowid of a table that was made in order is the place in that order.
            rows = f"from sorted_lines where rowid between {begin} and {begin + count - 1} order by rowid"
            self._connection.execute(
                f"copy (select {_SELECTED} {rows}) to {quote_text(str(target))} ({CSV_OPTIONS})"
            )
        self._connection.execute("drop table sorted_lines")
        self._connection.execute("set preserve_insertion_order = false")
        return {party: counts.get(party, 0) for party in targets}


def _typed(columns: str) -> str:
    return ", ".join(f"{column} varchar" for column in columns.split(", "))


def _key_text(places: Mapping[str, str], prefix: str = "") -> str:
    """Give the SQL of a key in words: `column=value`, joined by `; `."""
    if not places:
        return "''"
    escaped = [
        f"{quote_text(name + '=')} || replace(replace({prefix}{place}, '\\', '\\\\'), ';', '\\;')"
        for name, place in places.items()
    ]
    return " || '; ' || ".join(escaped)
