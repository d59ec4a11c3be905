"""What differs between two releases: per published file and column how many recipients, rows and cells."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from car.errors import UsageFault, one_line, scrub
from car.release.compare import Comparison, Group, Loaded, Pair, groups_of, names_of, pairs_of
from car.release.described import DescribedFile, Files, described_files
from car.release.places import INDUSTRY, INDUSTRY_FOLDER, folders_in
from car.release.versions import Month

EXAMPLES = 3
"""How many examples are shown of each column."""
_LONGEST_EXAMPLE = 60
HIDDEN = "…"
"""What is shown in place of a cell that identifies a home."""
# A column that says so, in its mart's yml, shows what no message prints.
_IDENTIFY_A_HOME = ("own_device", "own_meter_point")
_CANNOT_IDENTIFY = ("boolean", "integer", "number", "date", "datetime")


@dataclass(frozen=True)
class Release:
    """One side of a comparison.

    Attributes:
        label: what it is, in words.
        folders: each recipient's folder.
        listed: the CSVs of each recipient; None: as its manifest lists them.
    """

    label: str
    folders: dict[str, Path]
    listed: dict[str, Files] | None = None

    def files(self) -> list[DescribedFile]:
        """Give all CSVs, as each folder describes them."""
        listed = self.listed or {}
        return [
            file
            for party, folder in sorted(self.folders.items())
            for file in described_files(folder, party, listed.get(party))
        ]


@dataclass(frozen=True)
class Example:
    """A cell that differs, or a row that came or went, as it may be shown.

    Attributes:
        key: the row, `column=value` joined by `; `.
        old, new: the cell; None for a whole row.
    """

    recipient: str
    path: str
    key: str
    old: str | None = None
    new: str | None = None


@dataclass
class ColumnDiff:
    """How the cells of a column differ, of rows that both releases have.

    Attributes:
        recipients: whose cells differ.
        rows: how many cells differ, each in a row of its own.
        false_to_true, true_to_false: how many flags flipped each way; None where the column is no flag.
    """

    column: str
    recipients: set[str] = field(default_factory=set)
    rows: int = 0
    false_to_true: int | None = None
    true_to_false: int | None = None
    examples: list[Example] = field(default_factory=list)


@dataclass
class FileDiff:
    """How the CSVs of one published file differ.

    Attributes:
        name: its path template; its title in releases that declare none.
        recipients: for whom anything differs.
        files_changed: files in both releases of which a row, a cell or a column differs.
        files_added, files_removed: files in one release alone, and `rows_of_` them.
        told_apart_by: the columns by which the rows of both are put together.
        files_without_key: files in which these do not tell rows apart, so that all columns do.
        columns_added, columns_removed: columns in one release alone; their cells are not counted.
        columns: the columns of both that differ, in the order of the file.
        row_examples: the first rows that came and went, by `row added` and `row removed`.
    """

    name: str
    recipients: set[str] = field(default_factory=set)
    files_changed: set[tuple[str, str]] = field(default_factory=set)
    files_added: int = 0
    files_removed: int = 0
    rows_of_files_added: int = 0
    rows_of_files_removed: int = 0
    rows_changed: int = 0
    rows_added: int = 0
    rows_removed: int = 0
    told_apart_by: tuple[str, ...] = ()
    files_without_key: int = 0
    columns_added: list[str] = field(default_factory=list)
    columns_removed: list[str] = field(default_factory=list)
    columns: dict[str, ColumnDiff] = field(default_factory=dict)
    row_examples: dict[str, list[Example]] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """How many cells of rows in both releases differ."""
        return sum(column.rows for column in self.columns.values())

    @property
    def differs(self) -> bool:
        """Whether anything differs but the order of columns."""
        return bool(self.recipients)


@dataclass(frozen=True)
class Diff:
    """What differs between two releases.

    Attributes:
        old, new: the releases in words.
        recipients: how many are in both; `recipients_added` and `recipients_removed` are in one alone.
        files: how many CSVs are in both, and `files_equal` how many of them are alike byte for byte.
        differing: the published files that differ, by name.
    """

    old: str
    new: str
    recipients: int
    recipients_added: list[str]
    recipients_removed: list[str]
    files: int
    files_equal: int
    differing: list[FileDiff]

    def to_dict(self) -> dict[str, Any]:
        """Give the differences as JSON holds them."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__ if name != "differing"},
            "differing": [_file_dict(file) for file in self.differing],
        }


def _file_dict(file: FileDiff) -> dict[str, Any]:
    return {
        **vars(file),
        "recipients": len(file.recipients),
        "files_changed": len(file.files_changed),
        "cells": file.cells,
        "columns": [
            {
                **vars(column),
                "recipients": len(column.recipients),
                "examples": [vars(example) for example in column.examples],
            }
            for column in file.columns.values()
        ],
        "row_examples": {
            change: [vars(example) for example in examples] for change, examples in file.row_examples.items()
        },
    }


def find_releases(old: Path, new: Path, month: str | None) -> tuple[Release, Release]:
    """Find out what two folders hold: an out folder, a month, a version, its parties or one recipient.

    Parameters:
        month: of out folders, the month to compare, `YYYY-MM`; None: the newest that is in force in each.

    Raises:
        UsageFault: a folder holds no release, or not that month.
    """
    outs = [folder for folder in (old, new) if (folder / "releases").is_dir()]
    if outs and month is None:
        in_each = [_months_in_force(folder) for folder in outs]
        both = set.intersection(*in_each)
        if not both:
            raise UsageFault(f"No month is in force in {' and in '.join(map(str, outs))}.")
        month = max(both)
    before, after = _release(old, month), _release(new, month)
    if (old / "manifest.json").is_file() and (new / "manifest.json").is_file():
        # Two folders of one recipient each are compared, whatever they are called.
        before = Release(before.label, dict.fromkeys(after.folders, old))
    return before, after


def _months_in_force(out: Path) -> set[str]:
    names = [path.name for path in (out / "releases").glob("[0-9]*-[0-9]*")]
    return {name for name in names if Month(out, name).in_force() is not None}


def _release(folder: Path, month: str | None) -> Release:
    if not folder.is_dir():
        raise UsageFault(f"There is no folder {folder}.")
    if (folder / "releases").is_dir():
        assert month is not None
        of_month = Month(folder, month)
        version = of_month.in_force()
        if version is None:
            raise UsageFault(f"No version of {month} is in force in {folder}.")
        label = f"{folder}, {month} version {version}, which is in force"
        return Release(label, _folders(of_month.version_path(version)))
    if (folder / "current").is_symlink():
        version = Month(folder.parents[1], folder.name).in_force()
        if version is None:
            raise UsageFault(f"No version is in force in {folder}.")
        label = f"{folder}, version {version}, which is in force"
        return Release(label, _folders(folder / f"v{version}"))
    if (folder / "parties").is_dir():
        return Release(str(folder), _folders(folder))
    if (folder / "manifest.json").is_file():
        return Release(str(folder), {_recipient(folder): folder})
    folders = _with_manifest({path.name: path for path in sorted(folder.iterdir())})
    if not folders:
        raise UsageFault(f"{folder} holds no release: no folder in it has a manifest.json.")
    return Release(str(folder), folders)


def _recipient(folder: Path) -> str:
    """Tell whose a folder of a recipient is: a party's lies in a folder of parties."""
    is_industry = folder.name == INDUSTRY_FOLDER and (folder.parent / "parties").is_dir()
    return INDUSTRY if is_industry else folder.name


def _folders(release: Path) -> dict[str, Path]:
    return _with_manifest(folders_in(release))


def _with_manifest(folders: dict[str, Path]) -> dict[str, Path]:
    return {name: path for name, path in folders.items() if (path / "manifest.json").is_file()}


def compare_releases(
    old: Release,
    new: Release,
    scratch: Path,
    threads: int,
    memory_limit: str,
    progress: Callable[..., None] | None = None,
) -> Diff:
    """Compare all CSVs of two releases. Nothing is changed.

    Parameters:
        scratch: folder for what does not fit into memory.
        memory_limit: as DuckDB reads it, e.g. `4GiB`.
        progress: called with (groups of files done, groups in all).

    Raises:
        CarError: a file is not what its manifest says.
    """
    pairs = pairs_of(old.files(), new.files())
    names = names_of(pairs)
    found: dict[str, FileDiff] = {name: FileDiff(name) for name in names.values()}
    _count_files(pairs, names, found)
    groups = [group for group in groups_of(pairs, names) if group.pairs[0].old is not None]
    comparison = Comparison(scratch, threads, memory_limit)
    try:
        for done, group in enumerate(groups, start=1):
            _compare_group(comparison, group, found[group.name])
            if progress is not None:
                progress(done, len(groups))
    finally:
        comparison.close()
    both = [pair for pair in pairs if pair.old is not None and pair.new is not None]
    return Diff(
        old.label,
        new.label,
        len({*old.folders} & {*new.folders}),
        sorted({*new.folders} - {*old.folders}),
        sorted({*old.folders} - {*new.folders}),
        len(both),
        sum(not pair.differs for pair in both),
        [file for _, file in sorted(found.items()) if file.differs],
    )


def _count_files(pairs: Iterable[Pair], names: dict[str, str], found: dict[str, FileDiff]) -> None:
    """Count the files that are in one release alone."""
    for pair in pairs:
        file = found[names[pair.either.place]]
        if pair.old is None:
            file.files_added += 1
            file.rows_of_files_added += pair.either.rows
        elif pair.new is None:
            file.files_removed += 1
            file.rows_of_files_removed += pair.either.rows
        else:
            continue
        file.recipients.add(pair.either.party_id)


def _compare_group(comparison: Comparison, group: Group, file: FileDiff) -> None:
    """Add what differs in a group to its published file."""
    for columns, of_group in ((file.columns_added, group.added), (file.columns_removed, group.removed)):
        columns += [name for name in of_group if name not in columns]
        if of_group:
            _add_files(group, range(len(group.pairs)), file.recipients, file.files_changed)
    loaded = comparison.load(group.of_common_columns())
    file.told_apart_by = group.common if group.declared_key is None else tuple(loaded.key)
    if group.declared_key is not None:
        file.files_without_key += loaded.loose_count
    view = _View(comparison, loaded)
    if loaded.loose_count < len(group.pairs):
        comparison.find_changed(loaded)
        view.add_changed(file)
    if loaded.loose_count:
        comparison.find_surplus(loaded)
        view.add_surplus(file)


def _add_files(
    group: Group, file_ids: Iterable[int], recipients: set[str], files: set[tuple[str, str]] | None = None
) -> None:
    for file_id in file_ids:
        either = group.pairs[file_id].either
        recipients.add(either.party_id)
        if files is not None:
            files.add((either.party_id, either.path))


class _View:
    """Counts and examples of the rows of one group that differ."""

    def __init__(self, comparison: Comparison, loaded: Loaded) -> None:
        self._connection = comparison.connection
        self._loaded = loaded
        self._group = loaded.group
        first = loaded.group.pairs[0]
        self._types: dict[str, str] = {}
        self._hidden: set[str] = set()
        for side in (first.old, first.new):
            if side is not None:
                self._types |= side.types
                self._hidden |= {name for name, told in side.shows.items() if told in _IDENTIFY_A_HOME}

    def add_changed(self, file: FileDiff) -> None:
        """Add the rows of the table `changed`."""
        counts = [
            f"count(*) filter (change = '{change}')" for change in ("changed", "row added", "row removed")
        ]
        ((rows_changed, rows_added, rows_removed, file_ids),) = self._connection.execute(
            f"select {', '.join(counts)}, list(distinct file_id) from changed"
        ).fetchall()
        file.rows_changed += rows_changed
        file.rows_added += rows_added
        file.rows_removed += rows_removed
        _add_files(self._group, file_ids or (), file.recipients, file.files_changed)
        for name, place in self._loaded.others.items():
            self._add_column(file, name, place)
        for change in ("row added", "row removed"):
            self._add_rows(file, change, f"from changed where change = '{change}'", self._loaded.key)

    def _add_column(self, file: FileDiff, name: str, place: str) -> None:
        differs = f"change = 'changed' and old_{place} <> new_{place}"
        ((rows, to_true, to_false, file_ids),) = self._connection.execute(
            f"""
            select
                count(*),
                count(*) filter (old_{place} = 'false' and new_{place} = 'true'),
                count(*) filter (old_{place} = 'true' and new_{place} = 'false'),
                list(distinct file_id)
            from changed
            where {differs}
            """
        ).fetchall()
        if not rows:
            return
        column = file.columns.setdefault(name, ColumnDiff(name))
        column.rows += rows
        _add_files(self._group, file_ids, column.recipients)
        if self._types.get(name) == "boolean":
            column.false_to_true = (column.false_to_true or 0) + to_true
            column.true_to_false = (column.true_to_false or 0) + to_false
        wanted = EXAMPLES - len(column.examples)
        if wanted > 0:
            places = ", ".join(["file_id", *self._loaded.key.values()])
            found = self._connection.execute(
                f"select {places}, old_{place}, new_{place} from changed where {differs}"
                f" order by {places} limit {wanted}"
            ).fetchall()
            column.examples += [
                self._example(
                    row[0], self._loaded.key, row[1:-2], *(self._shown(name, cell) for cell in row[-2:])
                )
                for row in found
            ]

    def add_surplus(self, file: FileDiff) -> None:
        """Add the rows of the table `surplus`, which nothing but all columns tells apart."""
        ((rows_added, rows_removed, file_ids),) = self._connection.execute(
            """
            select
                coalesce(sum(greatest(new_count - old_count, 0)), 0)::bigint,
                coalesce(sum(greatest(old_count - new_count, 0)), 0)::bigint,
                list(distinct file_id)
            from surplus
            """
        ).fetchall()
        file.rows_added += rows_added
        file.rows_removed += rows_removed
        _add_files(self._group, file_ids or (), file.recipients, file.files_changed)
        for change, sign in (("row added", ">"), ("row removed", "<")):
            self._add_rows(
                file, change, f"from surplus where new_count {sign} old_count", self._loaded.common
            )

    def _add_rows(self, file: FileDiff, change: str, rows: str, key: dict[str, str]) -> None:
        examples = file.row_examples.setdefault(change, [])
        wanted = EXAMPLES - len(examples)
        if wanted > 0:
            places = ", ".join(["file_id", *key.values()])
            found = self._connection.execute(
                f"select {places} {rows} order by {places} limit {wanted}"
            ).fetchall()
            examples += [self._example(row[0], key, row[1:]) for row in found]

    def _example(
        self,
        file_id: int,
        key: dict[str, str],
        cells: tuple[str, ...],
        old: str | None = None,
        new: str | None = None,
    ) -> Example:
        either = self._group.pairs[file_id].either
        # Where all columns tell rows apart, most of them may be empty.
        told = "; ".join(
            f"{name}={self._shown(name, cell)}"
            for name, cell in zip(key, cells, strict=True)
            if cell or key is self._loaded.key
        )
        return Example(either.party_id, either.path, told, old, new)

    def _shown(self, name: str, cell: str) -> str:
        """Give a cell as it may be shown: nothing that identifies a home."""
        if name in self._hidden and cell:
            return HIDDEN
        text = one_line(cell if self._types.get(name) in _CANNOT_IDENTIFY else scrub(cell))
        return text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…"


def diff_json(diff: Diff) -> str:
    """Give the differences as one JSON document."""
    return json.dumps(diff.to_dict(), indent=2, ensure_ascii=False, default=sorted)
