"""changes.csv turns one version into the other, whatever came, went or was changed (docs/changes.md)."""

import csv
import shutil
from collections import Counter

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from releases import apply_changes, cells_of, read_changes

from car.errors import CarError
from car.release.changes import ChangeWriter
from car.release.described import DescribedFile

LEADING = ["reporting_month", "party_id", "role"]


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    writer = ChangeWriter(tmp_path_factory.mktemp("scratch"), 2, "512MB")
    yield writer
    writer.close()


def write_file(parties, party, path, columns, rows, key=None, template=None, leading=True):
    """Write a CSV as a recipient gets it, and describe it.

    rows: texts, None for an empty cell without quotes; an empty text is written with quotes.
    """
    location = parties / party / path
    location.parent.mkdir(parents=True, exist_ok=True)
    header = [*LEADING, *columns] if leading else [*columns]
    lines = [header, *([*(["2026-10", party, "IS"] if leading else []), *row] for row in rows)]
    location.write_bytes("".join(",".join(map(_quoted, line)) + "\n" for line in lines).encode())
    return DescribedFile(
        party,
        path,
        location,
        tuple(header),
        len(rows),
        f"{party} {path} {lines}",
        key=None if key is None else (*LEADING, *key),
        template=template,
    )


def _quoted(cell):
    if cell is None:
        return ""
    return '"' + cell.replace('"', '""') + '"' if cell == "" or any(c in cell for c in '",\r\n') else cell


class Versions:
    """Two versions of some parties' folders, to be compared."""

    def __init__(self, folder, writer):
        self.folder = folder
        self.writer = writer
        self.old, self.new = [], []

    def write(self, version, party, path, columns, rows, **described):
        file = write_file(self.folder / version, party, path, columns, rows, **described)
        getattr(self, version).append(file)

    def changes(self):
        """Compare, see that each party's changes.csv turns old into new, and give the lines by party."""
        parties = sorted({file.party_id for file in (*self.old, *self.new)})
        targets = {party: self.folder / f"changes of {party}" / "changes.csv" for party in parties}
        for target in targets.values():
            target.parent.mkdir()
        counts = self.writer.write(targets, self.old, self.new)
        told = {party: read_changes(target.parent) for party, target in targets.items()}
        assert counts == {party: len(lines) for party, lines in told.items()}
        for party, lines in told.items():
            before, after = (cells_of(self.folder / version / party) for version in ("old", "new"))
            assert apply_changes(before, lines) == after
            # As every published file: by all columns from left to right, by code point, empty last.
            assert lines == sorted(lines, key=lambda line: [(cell == "", cell.encode()) for cell in line])
            counted = {
                (one.file, one.change): (one.lines, one.rows) for one in self.writer.told.get(party, [])
            }
            assert counted == counted_lines(lines)
        return told


def counted_lines(lines):
    """How many lines each file has of each kind, and how many rows these are about."""
    kinds, rows = Counter(), Counter()
    by_row = {}
    for file, key, change, column, *_ in lines:
        kinds[file, change] += 1
        by_row.setdefault((file, change, key), []).append(column)
    for (file, change, _), columns in by_row.items():
        # A row without cells has a line of its own, a copy of it another; one with cells has a line for each.
        rows[file, change] += columns.count("") + (1 if any(columns) else 0)
    return {kind: (number, rows[kind]) for kind, number in kinds.items()}


@pytest.fixture
def versions(tmp_path, writer):
    return Versions(tmp_path, writer)


CELL = st.sampled_from(
    [
        None,
        "",
        "x",
        "y",
        ";",
        "; ",
        "\\",
        "\\;",
        "=",
        "a=x; b=y",
        "a\nb",
        "\r",
        '"',
        ",",
        "'=1",
        "é\U0001f600",
    ]
)
COLUMNS = ("a", "b", "c", "d")


@st.composite
def side(draw):
    """A file of one version: columns, what is declared as its key, rows; None where it is not there."""
    if draw(st.integers(0, 4)) == 0:
        return None
    columns = draw(st.permutations(COLUMNS).map(lambda names: names[1:]) | st.just(list(COLUMNS)))
    key = draw(st.sampled_from([None, None, (), ("a",), ("a", "b"), ("b", "d"), COLUMNS]))
    rows = draw(st.lists(st.tuples(*(CELL for _ in columns)), max_size=5))
    if draw(st.booleans()):
        rows += draw(st.lists(st.sampled_from(rows), max_size=2)) if rows else []
    elif (
        key is not None
    ):  # as declared; otherwise the declaration is wrong, and the lines have to be right all the same
        place = [columns.index(name) for name in key if name in columns]
        rows = list({tuple(row[at] or "" for at in place): row for row in rows}.values())
    return columns, None if key is None else [name for name in key if name in columns], rows


@st.composite
def both_sides(draw):
    """A file of both versions, often with most rows alike."""
    old, new = draw(side()), draw(side())
    if old and new and draw(st.booleans()):
        columns, key, rows = old
        kept = [row for row in rows if draw(st.booleans())]
        changed = [tuple(draw(CELL) if draw(st.booleans()) else cell for cell in row) for row in kept]
        new = columns, key, draw(st.sampled_from([kept, changed, [*rows, *changed]]))
    return old, new


PATHS = ("report/IS/first.csv", "report/IS/split/1.csv", "report/IS/split/2.csv")


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.dictionaries(st.tuples(st.sampled_from(["P", "Q"]), st.sampled_from(PATHS)), both_sides()))
@example(drawn={("P", PATHS[0]): ((["a"], None, [("a\nb",)]), (["a"], None, [("a\nc",)]))})
@example(
    drawn={
        ("P", PATHS[0]): (
            (["a"], None, [("x",)] * 2),
            (["a", "b", "c"], None, [("x", "1", "2"), ("x", "3", "4")]),
        )
    }
)
def test_it_turns_the_one_version_into_the_other(drawn, writer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("versions")
    versions = Versions(folder, writer)
    for (party, path), files in drawn.items():
        for version, file in zip(("old", "new"), files, strict=True):
            if file is not None:
                columns, key, rows = file
                versions.write(version, party, path, columns, rows, key=key)
    told = versions.changes()
    for (party, path), (old, new) in drawn.items():
        if old and new and {*old[0]} == {*new[0]}:
            before, after = (cells_of(folder / name / party).get(path) for name in ("old", "new"))
            assert (before == after) == (path not in {line[0] for line in told[party]})
    shutil.rmtree(folder)


# ---- each kind of line --------------------------------------------------------------------------------

FILE = "inventory/IS/summary.csv"


def test_a_cell_that_differs_is_one_line(versions):
    versions.write(
        "old",
        "P",
        FILE,
        ["model", "count", "share"],
        [("A; B\\", "1", "0.5"), ("C", "2", None)],
        key=["model"],
    )
    versions.write(
        "new",
        "P",
        FILE,
        ["model", "count", "share"],
        [("A; B\\", "1", "0.7"), ("C", None, "0.3")],
        key=["model"],
    )
    assert versions.changes()["P"] == [
        [FILE, "model=A\\; B\\\\", "changed", "share", "0.5", "0.7"],
        [FILE, "model=C", "changed", "count", "2", ""],
        [FILE, "model=C", "changed", "share", "", "0.3"],
    ]


def test_a_row_that_came_is_told_cell_by_cell_and_one_that_went_by_its_key(versions):
    columns = ["model", "day", "count", "share"]
    key = ["model", "day"]
    versions.write("old", "P", FILE, columns, [("A", "1", "1", "0.5")], key=key)
    versions.write("new", "P", FILE, columns, [("B", None, "2", None), ("C", "3", None, None)], key=key)
    assert versions.changes()["P"] == [
        [FILE, "model=A; day=1", "row removed", "", "", ""],
        [FILE, "model=B; day=", "row added", "count", "", "2"],
        [FILE, "model=C; day=3", "row added", "", "", ""],
    ]


def test_a_column_is_a_line_and_its_cells_are_changed(versions):
    versions.write(
        "old", "P", FILE, ["model", "count", "old"], [("A", "1", "x"), ("B", "1", None)], key=["model"]
    )
    versions.write(
        "new", "P", FILE, ["model", "new", "count"], [("A", None, "1"), ("C", "z", "1")], key=["model"]
    )
    assert versions.changes()["P"] == [
        [FILE, "model=A", "changed", "old", "x", ""],
        [FILE, "model=B", "row removed", "", "", ""],
        [FILE, "model=C", "row added", "count", "", "1"],
        [FILE, "model=C", "row added", "new", "", "z"],
        [FILE, "", "column added", "new", "", ""],
        [FILE, "", "column removed", "old", "", ""],
    ]


def test_a_file_that_came_has_its_rows_and_one_that_went_has_none(versions):
    versions.write("old", "P", "a.csv", ["model", "count"], [("A", "1")], key=["model"])
    versions.write("new", "P", "b.csv", ["model", "count"], [("A", "1")], key=["model"])
    versions.write("new", "P", "c.csv", ["model", "count"], [])
    assert versions.changes()["P"] == [
        ["a.csv", "", "file removed", "", "", ""],
        ["b.csv", "model=A", "row added", "count", "", "1"],
        ["b.csv", "", "file added", "", "", ""],
        ["c.csv", "", "file added", "", "", ""],
    ]


def test_of_rows_that_may_be_equal_there_is_a_line_per_copy(versions):
    versions.write("old", "P", FILE, ["rank", "rate"], [("1", "0.5")] * 3 + [("2", None)])
    versions.write("new", "P", FILE, ["rank", "rate"], [("1", "0.5")] + [("2", None)] * 3)
    assert versions.changes()["P"] == [
        [FILE, "rank=1; rate=0.5", "row removed", "", "", ""],
        [FILE, "rank=1; rate=0.5", "row removed", "", "", ""],
        [FILE, "rank=2; rate=", "row added", "", "", ""],
        [FILE, "rank=2; rate=", "row added", "", "", ""],
    ]


def test_a_column_added_to_equal_rows_is_told_by_copy(versions):
    versions.write("old", "P", FILE, ["rank"], [("1",), ("1",), ("2",)])
    versions.write("new", "P", FILE, ["rank", "who"], [("1", "x"), ("1", "y"), ("2", None)])
    assert versions.changes()["P"] == [
        [FILE, "rank=1", "changed", "who", "", "x"],
        [FILE, "rank=1", "changed", "who", "", "y"],
        [FILE, "", "column added", "who", "", ""],
    ]


def test_two_columns_added_to_equal_rows_say_which_cells_belong_together(versions):
    versions.write("old", "P", FILE, ["rank"], [("1",), ("1",), ("2",)])
    versions.write(
        "new", "P", FILE, ["rank", "who", "what"], [("1", "x", "s"), ("1", "y", "t"), ("2", "z", None)]
    )
    assert versions.changes()["P"] == [
        [FILE, "rank=1", "row removed", "", "", ""],
        [FILE, "rank=1", "row removed", "", "", ""],
        [FILE, "rank=1; who=x; what=s", "row added", "", "", ""],
        [FILE, "rank=1; who=y; what=t", "row added", "", "", ""],
        [FILE, "rank=2", "changed", "who", "", "z"],
        [FILE, "", "column added", "what", "", ""],
        [FILE, "", "column added", "who", "", ""],
    ]


def test_a_dimension_added_to_the_key_is_told_by_what_both_versions_have(versions):
    versions.write("old", "P", FILE, ["srv", "volume"], [("1", "5"), ("2", "6")], key=["srv"])
    rows = [("1", "ALL", "5"), ("1", "North", "5"), ("2", "ALL", "6")]
    versions.write("new", "P", FILE, ["srv", "region", "volume"], rows, key=["srv", "region"])
    # Where the old key is one in the new version too, it tells the rows apart.
    versions.write("old", "Q", FILE, ["srv", "volume"], [("1", "5")], key=["srv"])
    versions.write("new", "Q", FILE, ["srv", "region", "volume"], [("1", "ALL", "4")], key=["srv", "region"])
    assert versions.changes() == {
        "P": [
            [FILE, "srv=1; volume=5", "row removed", "", "", ""],
            [FILE, "srv=1; volume=5; region=ALL", "row added", "", "", ""],
            [FILE, "srv=1; volume=5; region=North", "row added", "", "", ""],
            [FILE, "srv=2; volume=6", "changed", "region", "", "ALL"],
            [FILE, "", "column added", "region", "", ""],
        ],
        "Q": [
            [FILE, "srv=1", "changed", "region", "", "ALL"],
            [FILE, "srv=1", "changed", "volume", "5", "4"],
            [FILE, "", "column added", "region", "", ""],
        ],
    }


def test_a_version_that_declared_no_key_is_compared_by_the_key_of_the_other(versions):
    versions.write("old", "P", FILE, ["srv", "volume"], [("1", "5")])
    versions.write("new", "P", FILE, ["srv", "volume"], [("1", "6")], key=["srv"])
    assert versions.changes()["P"] == [[FILE, "srv=1", "changed", "volume", "5", "6"]]


def test_a_declared_key_that_is_none_in_one_partys_file_changes_no_other_partys_lines(versions):
    for party, copies in (("P", 1), ("Q", 2)):
        versions.write("old", party, FILE, ["srv", "volume"], [("1", "5")] * copies, key=["srv"])
        versions.write("new", party, FILE, ["srv", "volume"], [("1", "6")], key=["srv"])
    told = versions.changes()
    assert told["P"] == [[FILE, "srv=1", "changed", "volume", "5", "6"]]
    assert [line[2] for line in told["Q"]] == ["row removed", "row removed", "row added"]


def test_a_file_without_month_party_and_role_is_compared_by_all_of_its_columns(versions):
    versions.write("old", "P", "reference/codes.csv", ["code", "role"], [("1", "x")], leading=False)
    versions.write("new", "P", "reference/codes.csv", ["code", "role"], [("1", "y")], leading=False)
    told = versions.changes()["P"]
    assert [line[1] for line in told] == ["code=1; role=x", "code=1; role=y"]


@pytest.mark.parametrize(
    "content",
    [b"model,count\nA,1\n", b"reporting_month,party_id,role,model,count\n", b"\n2026-10,P,IS,A,1\n"],
    ids=["other columns", "fewer rows", "no header"],
)
def test_a_file_that_is_not_what_its_manifest_says_is_not_compared(content, versions):
    for version, count in (("old", "1"), ("new", "2")):
        versions.write(version, "P", FILE, ["model", "count"], [("A", count)])
    (versions.folder / "old" / "P" / FILE).write_bytes(content)
    with pytest.raises(CarError, match=r"other (columns|rows) than (its|their) manifest\.json says"):
        versions.changes()


def test_files_of_any_length_are_compared_within_the_memory(tmp_path):
    """Half a gigabyte of rows that differ in two and in a cell of each, compared within 150 MB."""
    count = 250_000
    described = {}
    for name, special in (("old", 17), ("new", count - 1)):
        (tmp_path / name).mkdir()
        with duckdb.connect() as connection:
            connection.execute(
                f"""copy (
                    select '2026-10' as month, md5(i::varchar) as k, repeat(md5(i::varchar), 32) as a,
                        if(i % 1000 = 0, '{name}', 'x') as b
                    from range({count}) as numbers (i) where i <> {special}
                ) to '{tmp_path / name / "f.csv"}' (format csv, header)"""
            )
        described[name] = DescribedFile(
            "P",
            "f.csv",
            tmp_path / name / "f.csv",
            ("month", "k", "a", "b"),
            count - 1,
            name,
            key=("month", "k"),
        )
    writer = ChangeWriter(tmp_path / "scratch", 2, "150MB")
    try:
        told = writer.write({"P": tmp_path / "changes.csv"}, [described["old"]], [described["new"]])
    finally:
        writer.close()
    assert told == {"P": count // 1000 + 3}
    assert [line[2] for line in read_changes(tmp_path)].count("changed") == count // 1000
    with (tmp_path / "changes.csv").open(newline="") as handle:
        assert {line[2] for line in list(csv.reader(handle))[1:]} == {"changed", "row added", "row removed"}
    for folder in ("old", "new"):
        shutil.rmtree(tmp_path / folder)
