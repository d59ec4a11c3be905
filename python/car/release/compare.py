"""Compares CSVs of two releases cell by cell in DuckDB, in bounded memory, for changes.csv and `car diff`.

All recipients' files of one published file are compared together, so that the work grows with the rows and
not with the number of recipients.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from car.errors import CarError
from car.release.described import DescribedFile
from car.warehouse.database import quote_text
from car.warehouse.declaration import INDUSTRY_LEADING_COLUMNS, LEADING_COLUMNS

# The buffer is small because two of them, at DuckDB's own size, leave little of a small memory limit.
READ_OPTIONS = (
    """auto_detect = false, delim = ',', quote = '"', escape = '"', comment = ''"""
    ", nullstr = '', all_varchar = true, new_line = '\\n', strict_mode = true, parallel = false"
    ", buffer_size = 8388608"
)
# DuckDB takes 1.5 ms to open a CSV: 12,000 files of two demo months took 18 s of CPU one by one, and 2 s as
# one file. A longer file is read where it lies.
_SMALL_BYTES = 1 << 22


@dataclass(frozen=True)
class Pair:
    """One CSV of a recipient in both releases, or in one of them."""

    old: DescribedFile | None
    new: DescribedFile | None

    @property
    def either(self) -> DescribedFile:
        """The new file, or the old one where there is no new one."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def differs(self) -> bool:
        """Whether there is one file alone, or two with different bytes."""
        return self.old is None or self.new is None or self.old.sha256 != self.new.sha256


@dataclass(frozen=True)
class Group:
    """Files of one published file, of any recipients, with the same columns on each side.

    Attributes:
        name: what tells the published file from others: its path template, where declared.
        pairs: files in both releases, or in the new one alone; never both kinds in one group.
        common: columns that both sides have, in the order of the new one, without month, party and role.
        removed: columns of the old side alone.
        added: columns of the new side alone.
        declared_key: which of `common` tell rows apart, as both sides declare; None where neither does.
    """

    name: str
    pairs: tuple[Pair, ...]
    common: tuple[str, ...]
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    declared_key: tuple[str, ...] | None = None

    def of_common_columns(self) -> "Group":
        """Give the same files without the columns that one side alone has."""
        return Group(self.name, self.pairs, self.common, (), (), self.declared_key)


def pairs_of(old: Iterable[DescribedFile], new: Iterable[DescribedFile]) -> list[Pair]:
    """Put the files of two releases together, by party and path."""
    before = {(file.party_id, file.path): file for file in old}
    after = {(file.party_id, file.path): file for file in new}
    return [Pair(before.get(place), after.get(place)) for place in sorted({*before, *after})]


def names_of(pairs: Iterable[Pair]) -> dict[str, str]:
    """Tell of each place (`DescribedFile.place`) which published file it is: its path template.

    Where only one of the releases declares templates, a path of the other belongs to the one that it fits.
    Where neither does, files with the same title are one.
    """
    titles: dict[str, str] = {}
    declared: dict[str, str] = {}
    for pair in pairs:
        for file in (pair.old, pair.new):
            if file is not None:
                titles.setdefault(file.place, file.title or file.place)
                if (template := file.placed_template) is not None:
                    declared[file.place] = template
    # The more of a template is fixed, the earlier it is tried.
    templates = sorted(set(declared.values()), key=lambda text: (text.count("{"), text))
    patterns = [(re.compile(_pattern(template)), template) for template in templates]
    return {
        path: declared.get(path)
        or next((template for pattern, template in patterns if pattern.fullmatch(path)), title)
        for path, title in titles.items()
    }


def _pattern(template: str) -> str:
    return re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))


def groups_of(pairs: Iterable[Pair], names: dict[str, str]) -> list[Group]:
    """Group files that are to be compared: those in both releases whose bytes differ, and those that came.

    Parameters:
        names: what `names_of` gave.
    """
    found: dict[tuple, list[Pair]] = {}
    for pair in pairs:
        if pair.new is None or not pair.differs:
            continue
        old = (pair.old.columns, pair.old.key) if pair.old else None
        place = (names[pair.new.place], pair.new.columns, pair.new.key, old)
        found.setdefault(place, []).append(pair)
    return [_group(place[0], members) for place, members in found.items()]


def _group(name: str, pairs: list[Pair]) -> Group:
    old, new = pairs[0].old, pairs[0].new
    assert new is not None
    after = _own_columns(new.columns)
    before = _own_columns(old.columns) if old else after
    common = tuple(column for column in after if column in before)
    declared = [file.key for file in (old, new) if file is not None and file.key is not None]
    return Group(
        name,
        tuple(pairs),
        common,
        removed=tuple(column for column in before if column not in after),
        added=tuple(column for column in after if column not in before),
        declared_key=tuple(column for column in common if all(column in key for key in declared))
        if declared
        else None,
    )


def _own_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out the columns that say again what the place of the file says."""
    for leading in (LEADING_COLUMNS, INDUSTRY_LEADING_COLUMNS):
        if columns[: len(leading)] == leading:
            return columns[len(leading) :]
    return columns


@dataclass(frozen=True)
class Loaded:
    """A group whose rows are in the comparison's tables, and what its columns are called there.

    In `old_rows` and `new_rows` stand `file_id`, the place in `group.pairs`, and the cells as text, empty
    where the file says nothing. Files without a key that tells their rows apart are named in `loose`.

    Attributes:
        key: names in the tables of the columns that tell rows apart, by column.
        others: the same of the common columns that are not in the key.
        removed, added: the same of the columns of one side alone.
        loose_count: how many of the files are in `loose`.
    """

    group: Group
    key: dict[str, str]
    others: dict[str, str]
    removed: dict[str, str]
    added: dict[str, str]
    loose_count: int

    @property
    def common(self) -> dict[str, str]:
        """Names in the tables of the columns of both sides, by column, in the order of the file."""
        return {name: {**self.key, **self.others}[name] for name in self.group.common}


class Comparison:
    """A DuckDB in memory that spills, with the rows of one group at a time.

    Parameters:
        scratch: folder for what does not fit into memory; made where it is not there.
        memory_limit: as DuckDB reads it, e.g. `4GiB`.
    """

    def __init__(self, scratch: Path, threads: int, memory_limit: str) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self._together = scratch / "compared_together.csv"
        config = {
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,  # what is read of the tables is sorted
        }
        self.connection = duckdb.connect(config=config)

    def close(self) -> None:
        """Let go of the memory, and of what was written beside it."""
        self.connection.close()
        self._together.unlink(missing_ok=True)

    def load(self, group: Group) -> Loaded:
        """Read the rows of a group, and tell in which of its files the key tells rows apart.

        Raises:
            CarError: a file is not what its manifest says.
        """
        common = {name: f"c{number}" for number, name in enumerate(group.common)}
        removed = {name: f"r{number}" for number, name in enumerate(group.removed)}
        added = {name: f"a{number}" for number, name in enumerate(group.added)}
        for table, of_side, own in (("old_rows", "old", removed), ("new_rows", "new", added)):
            files = [(number, getattr(pair, of_side)) for number, pair in enumerate(group.pairs)]
            self._read(table, [(number, file) for number, file in files if file], {**common, **own})
        declared = group.declared_key
        key = {name: common[name] for name in declared or ()}
        columns = ", ".join(["file_id", *key.values()])
        self.connection.execute(
            f"""
            create or replace table loose as
            select distinct file_id
            from (
                select file_id from old_rows {_group_by(columns)}
                union all
                select file_id from new_rows {_group_by(columns)}
            )
            """
            if declared is not None
            else "create or replace table loose as select distinct file_id"
            " from (from old_rows select file_id union all from new_rows select file_id)"
        )
        ((loose_count,),) = self.connection.execute("select count(*) from loose").fetchall()
        others = {name: place for name, place in common.items() if name not in key}
        return Loaded(group, key, others, removed, added, loose_count)

    def find_changed(self, loaded: Loaded) -> None:
        """Write into `changed` the rows that differ, of the files in which a key tells rows apart.

        It has `file_id`, `change` (`changed`, `row added`, `row removed`), the key, and of each other column
        the cells `old_<name>` and `new_<name>`; a cell of a row or column that is not there is empty.
        """
        both = [*loaded.others.values()]
        old = {place: f"o.{place}" for place in (*both, *loaded.removed.values())}
        new = {place: f"n.{place}" for place in (*both, *loaded.added.values())}
        places = dict.fromkeys([*old, *new])
        differ = " or ".join(
            [
                "o.file_id is null or n.file_id is null",
                *(f"{old.get(place, _EMPTY)} <> {new.get(place, _EMPTY)}" for place in places),
            ]
        )
        cells = [
            f"coalesce({side.get(place, _EMPTY)}, '') as {name}_{place}"
            for place in places
            for name, side in (("old", old), ("new", new))
        ]
        key = [f"coalesce(n.{place}, o.{place}) as {place}" for place in loaded.key.values()]
        joined = ["o.file_id = n.file_id", *(f"o.{place} = n.{place}" for place in loaded.key.values())]
        tight = "where file_id not in (from loose)"
        self.connection.execute(
            f"""
            create or replace table changed as
            select
                {
                ", ".join(
                    [
                        "coalesce(n.file_id, o.file_id) as file_id",
                        "case when o.file_id is null then 'row added'"
                        " when n.file_id is null then 'row removed' else 'changed' end as change",
                        *key,
                        *cells,
                    ]
                )
            }
            from (from old_rows {tight}) as o
            full join (from new_rows {tight}) as n on {" and ".join(joined)}
            where {differ}
            """
        )

    def find_surplus(self, loaded: Loaded) -> None:
        """Write into `surplus` how often each row of a file without a key stands more, or less, than before.

        It has `file_id`, the common columns, and the copies `old_count` and `new_count`. Where a side has
        columns of its own, rows that stand equally often are in it too.
        """
        columns = ", ".join(["file_id", *loaded.common.values()])
        own = loaded.removed or loaded.added
        self.connection.execute(
            f"""
            create or replace table surplus as
            select {columns}, sum(is_old)::bigint as old_count, sum(1 - is_old)::bigint as new_count
            from (
                select {columns}, 1 as is_old from old_rows where file_id in (from loose)
                union all
                select {columns}, 0 as is_old from new_rows where file_id in (from loose)
            )
            group by {columns}
            {"" if own else "having old_count <> new_count"}
            """
        )

    def _read(self, table: str, files: list[tuple[int, DescribedFile]], places: dict[str, str]) -> None:
        """Read files into a table with the columns that `places` names; their others are left out."""
        spec = ", ".join(["file_id integer", *(f"{place} varchar" for place in places.values())])
        self.connection.execute(f"create or replace table {table} ({spec})")
        if not files:
            return
        columns = files[0][1].columns
        names = ["file_id", *(f"f{number}" for number in range(len(columns)))]
        cells = [
            f"coalesce({names[columns.index(name) + 1]}, '') as {place}" for name, place in places.items()
        ]
        alone = self._put_together(files)
        inserted = 0
        if self._together.stat().st_size:
            inserted += self._insert(table, self._together, "file_id", cells, names, False)
        for file_id, file in alone:
            inserted += self._insert(table, file.location, str(file_id), cells, names[1:], True)
        if inserted != sum(file.rows for _, file in files):
            raise CarError(
                f"Files like {files[0][1].location} have other rows than their manifest.json says."
                " `car verify` names each file that is not as it was published."
            )

    def _insert(
        self, table: str, path: Path, file_id: str, cells: list[str], names: list[str], has_header: bool
    ) -> int:
        types = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in names) + "}"
        try:
            return self.connection.execute(
                f"insert into {table} select {', '.join([file_id, *cells])}"
                f" from read_csv({quote_text(str(path))}, columns = {types}, header = {has_header},"
                f" {READ_OPTIONS})"
            ).fetchall()[0][0]
        except duckdb.InvalidInputException as error:
            raise CarError(
                f"{path.name} cannot be read with the columns that its manifest.json lists."
                " `car verify` names each file that is not as it was published."
            ) from error

    def _put_together(self, files: list[tuple[int, DescribedFile]]) -> Iterable[tuple[int, DescribedFile]]:
        """Write short files into one, each line behind the number of its file; give those that are left."""
        alone = []
        with self._together.open("wb") as together:
            for file_id, file in files:
                with file.location.open("rb") as stream:
                    header = stream.readline()
                    if header != (",".join(file.columns) + "\n").encode():
                        raise CarError(
                            f"{file.location} has other columns than its manifest.json says."
                            " `car verify` names each file that is not as it was published."
                        )
                    if not file.rows:
                        continue
                    body = stream.read(_SMALL_BYTES + 1)
                # With a line break in a text, lines are no records: such a file is read alone.
                if len(body) > _SMALL_BYTES or body.count(b"\n") != file.rows or body[-1:] != b"\n":
                    alone.append((file_id, file))
                    continue
                begin = f"{file_id},".encode()
                together.write(begin + body[:-1].replace(b"\n", b"\n" + begin) + b"\n")
        return alone


_EMPTY = "''"


def _group_by(columns: str) -> str:
    return f"group by {columns} having count(*) > 1"
