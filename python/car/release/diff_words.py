"""What `car diff` found, in words: plain text for a terminal, Markdown for a pull request."""

from collections.abc import Iterator

from car.release.diff import ColumnDiff, Diff, Example, FileDiff

_NOT_COMPARED = "PDF, XLSX, Parquet and JSON files are not compared."


def text_lines(diff: Diff) -> list[str]:
    """Give the differences as lines of plain text."""
    lines = [f"OLD: {diff.old}", f"NEW: {diff.new}", *_summary(diff)]
    for file in diff.differing:
        lines += ["", f"{file.name}: {_counts(file)}"]
        lines += [f"  {note}" for note in _notes(file)]
        for column in file.columns.values():
            lines.append(f"  {column.column}: {_cells(column)}")
            lines += [
                f"    {_place(example)}: {_cell(example.old)} → {_cell(example.new)}"
                for example in column.examples
            ]
        for change, examples in file.row_examples.items():
            lines += [f"  {change}, {_place(example)}" for example in examples]
    return lines


def markdown_lines(diff: Diff) -> list[str]:
    """Give the differences as Markdown: a table per published file that differs."""
    lines = ["## What differs in the published CSVs", ""]
    lines += [f"- OLD: {_escaped(diff.old)}", f"- NEW: {_escaped(diff.new)}"]
    lines += [f"- {_escaped(line)}" for line in _summary(diff)]
    for file in diff.differing:
        lines += ["", f"### `{file.name}`", "", f"{_counts(file)}."]
        notes = list(_notes(file))
        lines += ["", *(f"- {_escaped(note)}" for note in notes)] if notes else []
        if file.columns:
            lines += ["", "| column | recipients | cells | flags | first examples |", "|---|--:|--:|---|---|"]
            lines += [_table_row(column) for column in file.columns.values()]
        if any(file.row_examples.values()):
            lines += [""]
            lines += [
                f"- {change}: {_code(_place(example))}"
                for change, examples in file.row_examples.items()
                for example in examples
            ]
    return lines


def _summary(diff: Diff) -> Iterator[str]:
    yield (
        f"{diff.recipients:,} recipients and {diff.files:,} CSV files are in both;"
        f" {diff.files_equal:,} of the files are equal. {_NOT_COMPARED}"
    )
    for side, parties in (("NEW", diff.recipients_added), ("OLD", diff.recipients_removed)):
        if parties:
            yield f"{number(len(parties), 'recipient')} in {side} alone: {_listed(parties)}"
    if not diff.differing:
        yield "No cell differs."


def _listed(names: list[str], at_most: int = 5) -> str:
    more = len(names) - at_most
    return ", ".join(names[:at_most]) + (f" and {more:,} more" if more > 0 else "")


def number(count: int, noun: str) -> str:
    """Write a number with its noun, which has an `s` unless it is one."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _counts(file: FileDiff) -> str:
    parts = [number(len(file.recipients), "recipient")]
    if file.rows_changed:
        parts.append(f"{number(file.rows_changed, 'row')} changed in {number(file.cells, 'cell')}")
    for count, change in ((file.rows_added, "added"), (file.rows_removed, "removed")):
        if count:
            parts.append(f"{number(count, 'row')} {change}")
    return ", ".join(parts)


def _notes(file: FileDiff) -> Iterator[str]:
    for change, names in (("added", file.columns_added), ("removed", file.columns_removed)):
        for name in names:
            yield f"column {change}: {name}"
    for change, count, rows in (
        ("added", file.files_added, file.rows_of_files_added),
        ("removed", file.files_removed, file.rows_of_files_removed),
    ):
        if count:
            yield f"{number(count, 'file')} {change}, with {number(rows, 'row')}"
    if file.files_changed:
        yield f"rows are told apart by {', '.join(file.told_apart_by) or 'the file they stand in'}"
    if file.files_without_key:
        files = number(file.files_without_key, "file")
        yield f"in {files} that is no key, so that all columns tell rows apart"


def _cells(column: ColumnDiff) -> str:
    flags = _flags(column)
    return f"{number(len(column.recipients), 'recipient')}, {number(column.rows, 'cell')}" + (
        f"; {flags}" if flags else ""
    )


def _flags(column: ColumnDiff) -> str:
    flipped = ((column.false_to_true, "false → true"), (column.true_to_false, "true → false"))
    return ", ".join(f"{count:,} {way}" for count, way in flipped if count)


def _place(example: Example) -> str:
    return f"{example.recipient}, {example.path}{', ' if example.key else ''}{example.key}"


def _cell(text: str | None) -> str:
    return text or "(empty)"


def _table_row(column: ColumnDiff) -> str:
    examples = "<br>".join(
        f"{_code(f'{_cell(example.old)} → {_cell(example.new)}')} {_code(_place(example))}"
        for example in column.examples
    )
    counts = f"{len(column.recipients):,} | {column.rows:,}"
    return f"| `{column.column}` | {counts} | {_flags(column)} | {examples} |"


def _code(text: str) -> str:
    """Write text as code in a table: a backtick would end it, and a bar the cell."""
    return "`" + text.replace("`", "'").replace("|", "\\|") + "`"


def _escaped(text: str) -> str:
    return "".join("\\" + character if character in "\\`*_{}[]<>#|" else character for character in text)
