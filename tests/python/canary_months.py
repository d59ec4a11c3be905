"""The market of `canaries` as published months, and a scan for strings where they do not belong."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pikepdf
import pypdfium2
from adversarial import write_rows
from canaries import LANDED, MONTH, Market, Row, Token
from published_places import OF_EVERY_RECIPIENT, PATH, Places, Sight
from reference.contract import FEEDS
from releases import read_key

from car.page.index import INDEX

REPOSITORY = Path(__file__).resolve().parents[2]


def write_market(folder: Path, rows: dict[str, list[Row]]) -> None:
    """Write rows as landing files, a file per feed."""
    for feed, of_feed in rows.items():
        write_rows(folder, feed, of_feed, LANDED, seed=len(feed))


@dataclass(repr=False)
class Months:
    """A market and the same in disguise, published.

    Attributes:
        plain: parties' folders of the market, version 1.
        restated: the same month in disguise as version 2 of it, with changes.csv.
        disguised: the same month in disguise as version 1, where nothing was published before.
        out: the output folder of `plain` and `restated`; its warehouse is that of the market in disguise.
        told: what the run of the market in disguise printed.
        run: its run.json, as text.
        places: where a string may stand, as the published files declare it.
    """

    market: Market
    swap: dict[str, Token]
    disguised_rows: dict[str, list[Row]]
    folder: Path
    plain: Path
    restated: Path
    disguised: Path
    out: Path
    told: str
    run: str
    places: Places

    @property
    def tokens(self) -> dict[str, Token]:
        """Every string of both markets."""
        return self.market.tokens | {token.text: token for token in self.swap.values()}


def build_months(folder: Path) -> Months:
    """Run the month of the market and of the market in disguise; takes the better part of a minute."""
    market = Market()
    rows, swap = market.disguised()
    landing, other = folder / "landing", folder / "landing in disguise"
    write_market(landing, market.rows)
    write_market(other, rows)
    add_path_tricks(other, rows)
    add_nasty_files(other)
    out, apart = folder / "out", folder / "apart"
    releases = out / "releases" / MONTH
    month = ("--month", MONTH)
    # The data tests run on the second, nastier month: they would find the same in the first.
    _car(folder, "run", "--landing", landing, "--out", out, *month, DBT_RESOURCE_TYPES="model seed")
    # It is published apart below as a first version: so nothing is taken from the plain one, and it is there
    # that its reports are drawn.
    alone = ("--force", "--no-pdf", "--no-history", "--no-industry")
    told = _car(folder, "run", "--landing", other, "--out", out, *month, *alone)
    warehouse = out / ".car" / "warehouse.duckdb"
    _car(folder, "publish", "--out", apart, "--warehouse", warehouse, "--force")
    return Months(
        market=market,
        swap=swap,
        disguised_rows=rows,
        folder=folder,
        plain=releases / "v1" / "parties",
        restated=releases / "v2" / "parties",
        disguised=apart / "releases" / MONTH / "v1" / "parties",
        out=out,
        told=told,
        run=(releases / "v2" / "run.json").read_text(encoding="utf-8"),
        places=Places.read(out / ".car" / "target" / "manifest.json"),
    )


def _car(folder: Path, *arguments: object, **environment: str) -> str:
    """Run the product's command as an operator does, at home in `folder`; give what it printed."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    python = os.pathsep.join(filter(None, (str(REPOSITORY / "python"), os.environ.get("PYTHONPATH", ""))))
    done = subprocess.run(
        [sys.executable, "-m", "car", *map(str, arguments)],
        cwd=home,
        env={**os.environ, "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": python, **environment},
        capture_output=True,
        check=False,
    )
    told = (done.stdout + done.stderr).decode("utf-8")
    assert done.returncode == 0, f"car {arguments[0]} ended with {done.returncode}\n{told[-3000:]}"
    return told


# Of every identifier that ends up in a path: texts that would lead out of the tree.
PATH_TRICKS = {
    "party_id": (
        "..",
        "../escaped",
        "/escaped",
        "a/../../escaped",
        "..\\escaped",
        "a\0/escaped",
        "CON:escaped",
    ),
    "srv": ("../../escaped", "8.1/../../escaped", "8.1.1\0", "/escaped", "8.1.1\n"),
    "alert_code": ("../../escaped", "8F35/../escaped", "N1/escaped", "8F35\0", "AD1\n"),
    "role": ("../escaped", "IS/../../escaped", "IS\0"),
}


def add_path_tricks(folder: Path, rows: dict[str, list[Row]]) -> None:
    """Land rows whose identifiers would lead out of the tree, each of them otherwise good."""
    request, alert = rows["service_requests"][0], rows["alerts"][0]
    party = rows["parties"][0]
    number = iter(range(1000))

    def numbered(row: Row, key: str, **given: str) -> Row:
        return {**row, key: f"trick {next(number)}", **given}

    requests = [numbered(request, "transaction_id", srv=text) for text in PATH_TRICKS["srv"]]
    alerts = [numbered(alert, "alert_id", alert_code=text) for text in PATH_TRICKS["alert_code"]]
    for text in PATH_TRICKS["party_id"]:
        requests.append(numbered(request, "transaction_id", originator_party_id=text))
        alerts.append(numbered(alert, "alert_id", destination_party_id=text))
    for text in PATH_TRICKS["role"]:
        requests.append(numbered(request, "transaction_id", originator_role=text))
        alerts.append(numbered(alert, "alert_id", destination_role=text))
    write_rows(folder, "service_requests", requests, LANDED)
    write_rows(folder, "alerts", alerts, LANDED)
    parties = [{**party, "party_id": text} for text in PATH_TRICKS["party_id"]]
    parties += [{**party, "role": text} for text in PATH_TRICKS["role"]]
    write_rows(folder, "parties", parties, LANDED)


FORGED = f"Published {MONTH} version 99 (1 recipients, 1 CSV files): nowhere"
# Names of files, and of a column, that a log has to tell.
NASTY_NAMES = (
    f"refused\n{FORGED}",
    "refused\x1b[2J\x1b]0;title\x07",
    "refused\r\u202e\u2028",
    "refused [red]markup[bold] {{ 1+1 }} %s '; drop table x; --",
)


def add_nasty_files(folder: Path) -> None:
    """Land files that must be refused and one with a further column, with names that do harm in a log."""
    target = folder / "defects" / f"date={LANDED}"
    for name in NASTY_NAMES:
        (target / f"{name}.csv").write_bytes(b"not,the\nright,columns\n")
    header = ",".join(column.name for column in FEEDS["defects"].columns)
    (target / "wide.csv").write_text(f'{header},"{NASTY_NAMES[0]}"\n', encoding="utf-8", newline="\n")
    # A column of another type is told by its type, and that has names in it.
    struct = ", ".join(f"{{'{NASTY_NAMES[0]}': 1}} as {column.name}" for column in FEEDS["alerts"].columns)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {struct}) to '{target.parents[1]}/alerts/{target.name}/struct.parquet'"
        )


# The scan


def pdf_text(path: Path) -> str:
    """All that a PDF says: its text, metadata, spoken alternatives, titles, links, and its bytes."""
    with pikepdf.open(path) as document:
        said = [
            str(item[key])
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary)
            for key in ("/Alt", "/ActualText", "/T", "/Title", "/URI")
            if isinstance(item.get(key), pikepdf.String)
        ]
        plain = [item.read_bytes().decode("latin-1") for item in document.objects if _is_text(item)]
    with pypdfium2.PdfDocument(path) as document:
        said += [*document.get_metadata_dict().values()]
        said += [page.get_textpage().get_text_bounded() for page in document]
    return "\n".join([*said, *plain, path.read_bytes().decode("latin-1")])


def _is_text(item: object) -> bool:
    return isinstance(item, pikepdf.Stream) and item.get("/Type") in ("/Metadata", "/EmbeddedFile")


def unbroken(text: str) -> str:
    """Text without what a line break in a report may add or take."""
    return re.sub(r"[\s\u00ad\u200b\ufffe-]", "", text)


def read_csv(path: Path) -> list[list[str]]:
    """Records of a published CSV, as Python reads it."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, strict=True))


class Published:
    """One file that a recipient got; `text` is what is searched, in lower case."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name

    @cached_property
    def text(self) -> str:
        if self.path.suffix == ".pdf":
            return unbroken(pdf_text(self.path)).lower()
        return self.path.read_bytes().decode("utf-8").lower()

    @cached_property
    def columns(self) -> dict[str, str]:
        """All cells of each column of a CSV."""
        header, *records = csv.reader(io.StringIO(self.text, newline=""), strict=True)
        cells = zip(*records, strict=True) if records else ([] for _ in header)
        return {column: "\0".join(of_column) for column, of_column in zip(header, cells, strict=True)}

    @cached_property
    def paths(self) -> list[str]:
        """What a JSON document says of files: their paths, and names made from their paths."""
        return re.findall(r'"(?:path|name)": ("(?:[^"\\]|\\.)*")', self.text)

    @cached_property
    def changes(self) -> dict[str, dict[str, str]]:
        """All cells that changes.csv tells of each file and column."""
        header, *records = read_csv(self.path)
        assert header == ["file", "key", "change", "column", "old", "new"]
        cells: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for file, key, _, changed, old, new in records:
            for column, cell in [*read_key(key).items(), (changed, old), (changed, new), (PATH, file)]:
                cells[file][column].append(cell.lower())
        return {
            file: {column: "\0".join(of_column) for column, of_column in columns.items()}
            for file, columns in cells.items()
        }

    def _changed_cells(self, sights: Collection[Sight], places: Places) -> Iterator[str]:
        """Cells that changes.csv tells of files and columns in which a string may be."""
        for file, of_file in self.changes.items():
            yield from (of_file[column] for column in places.columns(file, sights) & {*of_file})

    def leaks(self, needle: str, sights: Collection[Sight], places: Places) -> bool:
        """Whether it has a needle anywhere but where a string may be that the recipient sees so."""
        columns = places.columns(self.name, sights)
        if needle in self.name.lower() and PATH not in columns:
            return True
        if self.path.suffix == ".pdf":
            # All that a report says stands in a CSV beside it.
            folder = self.name.rpartition("/")[0]
            return unbroken(needle) in self.text and not places.drawn_in(folder, sights)
        count = self.text.count(needle)
        if count == 0:
            return False
        if self.name == INDEX:
            # All that the page says stands in a CSV, or in the name of one.
            return not places.told_on_page(sights)
        if self.path.suffix == ".csv":
            if self.name == "changes.csv":
                return count != sum(cell.count(needle) for cell in self._changed_cells(sights, places))
            return count != sum(self.columns[column].count(needle) for column in columns & {*self.columns})
        names_file = self.name in OF_EVERY_RECIPIENT and places.name_files(sights)
        return not names_file or count != sum(path.count(needle) for path in self.paths)


def leaks(
    folder: Path, party: str, tokens: dict[str, Token], places: Places, pattern: str = "*"
) -> list[str]:
    """Strings in a recipient's folder that do not belong there: the kind of each, and the file; sorted.

    Parameters: folder, all that the party gets; tokens, every string there is; places, what may stand where;
    pattern, the files to look at.
    Searched in any case and, of Devices, meter points and postcodes, in other ways to write them.
    """
    files = [
        Published(path, path.relative_to(folder).as_posix())
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
    ]
    # Most lines are alike, and no needle reaches from one cell into the next.
    cells = {
        cell for file in files for text in (file.name.lower(), file.text) for cell in re.split(_ENDS, text)
    }
    everything = "\n".join(sorted(cells))
    found = []
    for token in tokens.values():
        if token.text == party:
            continue
        for needle in ways_to_write(token):
            if needle.lower() not in everything and unbroken(needle.lower()) not in everything:
                continue
            sights = token.sights if needle == token.needle else set()
            own = [sight for sight in sights if sight.party == party]
            # To a report, which breaks lines, some ways to write a string are the string itself.
            is_itself = needle != token.needle and unbroken(needle) == unbroken(token.needle)
            found += [
                f"{token.kind} in {file.name}"
                for file in files
                if not (is_itself and file.path.suffix == ".pdf") and file.leaks(needle.lower(), own, places)
            ]
    return sorted(found)


_ENDS = re.compile(r'[,"\n]')


def ways_to_write(token: Token) -> list[str]:
    """What to search for, to find a string however it is written."""
    text, ways = token.text, [token.needle]
    if token.kind == "device_id":
        plain = text.replace("-", "")
        ways += [plain, text.replace("-", ":"), str(int(plain, 16))]
    elif token.kind in ("mpan", "mprn"):
        # The warehouse's own key, and an MPAN as it is printed on bills.
        ways += [str(int(text.ljust(13, "0")) * 16 + len(text))]
        ways += [f"{text[:2]} {text[2:6]} {text[6:10]} {text[10:]}"]
    elif token.kind == "postcode" and text == token.needle:
        ways += [text.replace(" ", "")]
    return ways
