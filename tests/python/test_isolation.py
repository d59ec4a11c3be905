"""A party's folder holds what is its own and what the definitions except, and depends on no other strings.

The market of `canaries` is published, and once more with other strings where a watched party sees none.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import sys
import warnings
from functools import cache
from pathlib import Path

import pytest

from car.page.index import INDEX
from car.warehouse.declaration import SHOWN, WITHHELD, Column

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

import canary_months  # noqa: E402
from canaries import (  # noqa: E402
    COOT,
    CROW,
    DROPPED,
    FUTURE,
    GHOST,
    IDLE,
    PAST,
    ROLES,
    WATCHED,
    WAXWING,
    WREN,
    WRYNECK,
    Market,
    Token,
)
from canary_months import (  # noqa: E402
    Months,
    Published,
    leaks,
    pdf_text,
    read_csv,
    unbroken,
    ways_to_write,
)
from published_places import Places, PublishedFile, roles_of_reports  # noqa: E402

# It draws the reports of months full of strings that others may not see: three minutes, a turn of four.
pytestmark = pytest.mark.turn(3)


def reports_of(role: str) -> set[str]:
    """What recipients are owed in a role."""
    return {report for report, roles in roles_of_reports().items() if role in roles}


def recipients_of(token: Token) -> set[str]:
    """Who may see a string somewhere."""
    return {sight.party for sight in token.sights}


def lines(path: Path) -> list[dict[str, str]]:
    header, *rows = read_csv(path)
    return [dict(zip(header, row, strict=True)) for row in rows]


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


# What a party is told


@pytest.mark.parametrize("party", ROLES)
def test_a_folder_holds_no_string_of_another_party(party: str, months: Months) -> None:
    assert leaks(months.plain / party, party, months.market.tokens, months.places) == []


def test_a_later_version_tells_of_no_other_party_what_has_changed(months: Months) -> None:
    changes = sorted(months.restated.glob("*/changes.csv"))
    assert len(changes) == len({*ROLES, *(folder.name for folder in months.disguised.iterdir())})
    found = {}
    for path in changes:
        party = path.parent.name
        for pattern in ("changes.csv", "*.json"):
            found[f"{party}, {pattern}"] = leaks(path.parent, party, months.tokens, months.places, pattern)
    assert {name: of_file for name, of_file in found.items() if of_file} == {}


# What the industry's report never tells of all that lands. It is of no party: `Places` has none of its files.
NEVER_TOLD = (
    *("party_id", "party_name", "corporate_group", "device_id", "mpan", "mprn", "postcode"),
    *("transaction_id", "alert_id"),
)


def told_by_the_report(folder: Path, market: Market) -> set[str]:
    """The kinds of strings in a folder of the industry's report that it never tells; who approves, too."""
    text = "\n".join(
        pdf_text(path).replace("\u200b", "") if path.suffix == ".pdf" else path.read_text(encoding="utf-8")
        for path in folder.iterdir()
    ).lower()
    wanted = {
        way.lower(): token.kind
        for token in market.tokens.values()
        if token.kind in NEVER_TOLD
        for way in ways_to_write(token)
    }
    wanted |= {
        str(row["approved_by"]).lower(): "approved_by"
        for feed in ("service_outages", "performance_exceptions")
        for row in market.rows[feed]
    }
    # A supplier's name is not found in a word that begins like it.
    return {
        kind
        for way, kind in wanted.items()
        if way in text and re.search(rf"(?<!\w){re.escape(way)}(?!\w)", text)
    }


def test_the_industrys_report_names_no_party_device_or_meter_point(months: Months, tmp_path: Path) -> None:
    folder = months.plain.parent / "industry"
    assert len(list(folder.glob("*.csv"))) > 15
    assert told_by_the_report(folder, months.market) == set()
    # The scan finds whatever is planted.
    for kind in (*NEVER_TOLD, "approved_by"):
        token = next(
            (token.text for token in months.market.tokens.values() if token.kind == kind),
            months.market.rows["service_outages"][0].get("approved_by"),
        )
        planted = tmp_path / kind
        shutil.copytree(folder, planted)
        path = planted / "outages.csv"
        path.chmod(0o644)
        path.write_text(path.read_text(encoding="utf-8") + f"2026-02,{token},x\n", encoding="utf-8")
        assert told_by_the_report(planted, months.market) == {kind}, kind


@pytest.mark.parametrize("party", [party for party in ROLES if party != IDLE])
def test_an_inventory_is_the_own_estate_with_the_names_that_are_excepted(party: str, months: Months) -> None:
    # Energy Suppliers are named to the network operator of the meter point, and it to its suppliers.
    told = 0
    for role in ROLES[party]:
        if "inventory" not in reports_of(role):
            continue
        estate = {
            line["device_id"]: (line["mpxn"], line["energy_supplier_id"], line["dno_id"])
            for line in lines(months.plain / party / f"inventory/{role}/devices.csv")
        }
        assert estate == months.market.estates[party, role]
        told += len(estate)
    assert told or not any("inventory" in reports_of(role) for role in ROLES[party])


@pytest.mark.parametrize("operator", [WRYNECK, COOT])
def test_a_handover_names_the_supplier_of_that_day_in_the_own_area_only(
    operator: str, months: Months
) -> None:
    path = months.plain / operator / "network_operator/ED/credentials_handover.csv"
    told = {(line["energy_supplier_id"], line["day"]) for line in lines(path)}
    assert told == months.market.handovers[operator]
    assert {CROW, WAXWING} < {supplier for supplier, _ in told} or operator == COOT
    assert ("Unknown" in {supplier for supplier, _ in told}) == (operator == COOT)


def test_of_an_old_supplier_nothing_but_the_counts_is_told(months: Months) -> None:
    (gain,) = lines(months.plain / WREN / "business_process/IS/change_of_supplier.csv")
    assert [*gain.values()][3:] == ["2026-02-15", "1", "1", "0", "1", "0", "0"]
    devices = {line["device_id"]: line for line in lines(months.plain / WREN / "inventory/IS/devices.csv")}
    meter = devices[months.market.gained.devices["E"]]
    assert (meter["last_meter_read_at"], meter["last_alert_at"], meter["last_alert_code"]) == ("", "", "")
    operated = lines(months.plain / WRYNECK / "inventory/ED/devices.csv")
    reads = {line["device_id"]: line["last_meter_read_at"] for line in operated}
    assert reads[meter["device_id"]] == "2026-02-10T03:14:15Z"


def test_the_scan_searches_for_every_string_and_finds_the_partys_own(months: Months) -> None:
    # Every string that may be published somewhere is, so that a leak of it could be seen.
    tokens = months.market.tokens
    allowed = {(party, token.kind) for token in tokens.values() for party in recipients_of(token)}
    without_sights = {
        text: type(token)(token.kind, text, token.needle, token.shown) for text, token in tokens.items()
    }
    for party in (WREN, CROW, WRYNECK):
        unexcused = leaks(months.plain / party, party, without_sights, months.places)
        found = {leak.split(" in ")[0] for leak in unexcused}
        assert found == {kind for recipient, kind in allowed if recipient == party}
    kinds = {token.kind for token in tokens.values()}
    assert kinds - {kind for _, kind in allowed} == {
        "corporate_group",
        "list_text",
        "party_name",
        "transaction_id",
    }


# The scan itself


def add_to_json(path: Path, texts: list[str]) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    path.chmod(0o644)
    path.write_text(json.dumps({**document, "note": texts}), encoding="utf-8")


def text_of(market: Market, kind: str, party: str = WREN) -> str:
    """A string of a kind that a party may see nowhere."""
    return next(
        token.text
        for token in market.tokens.values()
        if token.kind == kind and token.text != party and party not in recipients_of(token)
    )


def strangers(market: Market) -> list[dict[str, str]]:
    """Strings that WREN may see nowhere: one by kind, and once more for each other way to write some."""
    kinds = {
        token.kind for token in market.tokens.values() if WREN not in {token.text, *recipients_of(token)}
    }
    ways = {}
    for kind in sorted(kinds):
        token = market.tokens[text_of(market, kind)]
        ways[kind] = list(dict.fromkeys([*ways_to_write(token), token.text.lower()]))
    return [
        {kind: texts[number] for kind, texts in ways.items() if number < len(texts)}
        for number in range(max(map(len, ways.values())))
    ]


def test_the_scan_finds_whatever_is_planted_in_any_column_of_any_file(months: Months, tmp_path: Path) -> None:
    # Others' strings of each kind, and its own where a column shows another thing.
    market, missed = months.market, []
    for file in months.places.files:
        own = (path for folder, path in published_of(file, months.plain) if folder.name == WREN)
        path = next(own, None)
        if path is None:
            continue
        name = path.relative_to(months.plain / WREN).as_posix()
        header = read_csv(path)[0]
        for number, texts in enumerate(strangers(market)):
            for first in range(0, len(texts), len(header)):
                turn = (number * 5 + first) % len(header)  # so that each column has its turn
                columns = [*header[turn:], *header[:turn]]
                planted = dict(zip(columns, list(texts.items())[first:], strict=False))
                missed += missing(name, header, planted, months, tmp_path)
        for column in header:
            planted = {column: own_text_elsewhere(market, months.places, name, column)}
            missed += missing(name, header, planted, months, tmp_path)
    assert missed == []


def own_text_elsewhere(market: Market, places: Places, name: str, column: str) -> tuple[str, str]:
    """A string that WREN may see, and not in this column of the file: kind and text."""
    return next(
        (token.kind, token.text)
        for token in market.tokens.values()
        if token.text != WREN
        and WREN in recipients_of(token)
        and column not in places.columns(name, [sight for sight in token.sights if sight.party == WREN])
    )


def missing(
    name: str, header: list[str], planted: dict[str, tuple[str, str]], months: Months, folder: Path
) -> list[str]:
    """What the scan does not find of texts, by column their kind and they, in a file of that name."""
    target = folder / WREN / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as stream:
        row = [planted.get(column, ("", "x"))[1] for column in header]
        csv.writer(stream, lineterminator="\n").writerows([header, row])
    found = leaks(folder / WREN, WREN, months.market.tokens, months.places)
    target.unlink()
    return [f"{kind} in {name}" for kind, _ in planted.values() if f"{kind} in {name}" not in found]


@pytest.mark.parametrize("name", ["manifest.json", "datapackage.json"])
def test_the_scan_finds_whatever_is_planted_in_what_tells_of_the_files(
    name: str, months: Months, tmp_path: Path
) -> None:
    target = tmp_path / WREN / name
    target.parent.mkdir()
    shutil.copy(months.plain / WREN / name, target)
    assert leaks(tmp_path / WREN, WREN, months.market.tokens, months.places) == []
    for texts in strangers(months.market):
        add_to_json(target, [*texts.values()])
        found = leaks(tmp_path / WREN, WREN, months.market.tokens, months.places)
        assert {f"{kind} in {name}" for kind in texts} == {*found}


def test_a_column_that_shows_more_than_it_declares_is_a_leak(months: Months) -> None:
    # Each column that shows something is declared to show nothing: the scan must find what stands there.
    # Where no string of the market stands, each word is one of the code lists, and tells of nobody.
    unseen = []
    for file in months.places.files:
        written = published_of(file, months.plain)
        for column in (column for column, shows in file.shows.items() if shows != "nothing"):
            otherwise = months.places.declared_otherwise(file.path, column, "nothing")
            if not any(leaks_of(folder, path, months, otherwise) for folder, path in written):
                words = {line[column] for _, path in written for line in lines(path) if column in line}
                unseen += [f"{file.path}, {column}"] if words - code_words() else []
    assert unseen == []


def leaks_of(folder: Path, path: Path, months: Months, places: Places) -> list[str]:
    """Leaks in one file of a recipient."""
    name = path.relative_to(folder).as_posix()
    return leaks(folder, folder.name, months.market.tokens, places, name)


def published_of(file: PublishedFile, parties: Path) -> list[tuple[Path, Path]]:
    """All files of an exposure: the recipient's folder, and the file."""
    return [
        (folder, path)
        for folder in sorted(parties.iterdir())
        for path in sorted(folder.rglob("*.csv"))
        if file.form.fullmatch(path.relative_to(folder).as_posix())
    ]


@cache
def code_words() -> set[str]:
    """Every word of the code lists, and what stands for all of them."""
    found = {"", "ALL"}
    for path in (REPOSITORY / "seeds").glob("*.csv"):
        found |= {cell for row in read_csv(path) for cell in row}
    return found


def test_the_scan_finds_a_string_in_a_file_of_any_kind_and_in_a_name(months: Months, tmp_path: Path) -> None:
    market = months.market
    stranger = text_of(market, "device_id")
    (tmp_path / "notes.txt").write_text(stranger, encoding="utf-8")
    (tmp_path / f"{stranger}.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "changes.csv").write_text(
        f"file,key,change,column,old,new\nx.csv,device_id={stranger},row removed,,,\n", encoding="utf-8"
    )
    assert leaks(tmp_path, WREN, market.tokens, months.places) == [
        f"device_id in {name}" for name in sorted([f"{stranger}.csv", "changes.csv", "notes.txt"])
    ]


@pytest.mark.parametrize(
    ("line", "leaks_there"),
    [
        ("inventory/IS/devices.csv,device_id={},row removed,,,", False),
        ("inventory/IS/devices.csv,device_id=x,changed,device_id,{},", False),
        ("inventory/IS/devices.csv,device_id=x,changed,device_id,,{}", False),
        ("inventory/IS/devices.csv,device_model={},row removed,,,", True),
        ("inventory/IS/devices.csv,device_id=x,changed,device_model,{},", True),
        ("inventory/IS/devices.csv,device_id=x,changed,device_model,,{}", True),
        ("inventory/IS/summary.csv,device_id={},row removed,,,", True),
        ("inventory/IS/devices.csv,device_id=x,{},,,", True),
        ("{},,file removed,,,", True),
    ],
)
def test_a_string_may_stand_in_changes_where_it_may_stand_in_the_file_and_column_named(
    line: str, leaks_there: bool, months: Months, tmp_path: Path
) -> None:
    own = months.market.gained.devices["E"]
    text = f"file,key,change,column,old,new\n{line.format(own)}\n"
    (tmp_path / "changes.csv").write_text(text, encoding="utf-8")
    found = leaks(tmp_path, WREN, months.market.tokens, months.places)
    assert found == (["device_id in changes.csv"] if leaks_there else [])


def test_the_scan_reads_reports(months: Months, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    market, texts = months.market, {}
    own = market.gained.devices["E"]
    model = market.names_of[own]["model"]
    for area in ("inventory/IS", "alerts/IS"):
        (tmp_path / area).mkdir(parents=True)
        (tmp_path / area / "report.pdf").write_bytes(b"")
    monkeypatch.setattr(canary_months, "pdf_text", lambda path: texts[path.parent.parent.name])
    texts |= {"inventory": f"Own: {WREN}, {model}, {own[:9]}\n{own[9:]}", "alerts": "No Events"}
    assert leaks(tmp_path, WREN, market.tokens, months.places) == []
    # A Device is named in the inventory alone, and nobody else's Device anywhere; a break hides neither.
    stranger, other_model = text_of(market, "device_id"), text_of(market, "model").replace(" ", " \n")
    texts |= {"alerts": f"{own[:12]} \n{own[12:]}, {other_model}", "inventory": f"CR-\nOW-SUPPLY, {stranger}"}
    assert leaks(tmp_path, WREN, market.tokens, months.places) == [
        "device_id in alerts/IS/report.pdf",
        "device_id in inventory/IS/report.pdf",
        "model in alerts/IS/report.pdf",
        "party_id in inventory/IS/report.pdf",
    ]


# What others do


@pytest.mark.parametrize("party", WATCHED)
def test_other_parties_strings_change_nothing_in_a_folder(party: str, months: Months) -> None:
    before, after = files_of(months.plain / party), files_of(months.disguised / party)
    assert sorted(before) == sorted(after)
    assert [name for name, content in before.items() if after[name] != content] == []


def test_the_strings_were_other_ones_and_the_folders_have_industry_figures(months: Months) -> None:
    kinds = {months.market.tokens[text].kind for text in months.swap}
    assert kinds == {token.kind for token in months.market.tokens.values()} - {
        "instant",
        "incident_id",
        "incident_text",
    }
    # As the key of each party goes by the order of their names, so the names changed places.
    renamed = [text for text in months.swap if text in ROLES]
    assert len(renamed) > 5
    assert sorted(renamed, key=lambda text: months.swap[text].text) == sorted(renamed, reverse=True)
    for party in (set(ROLES) - set(WATCHED)) - {IDLE}:
        shown = months.swap[party].text if party in months.swap else party
        assert files_of(months.plain / party) != files_of(months.disguised / shown)
    # Where no industry figure is shown, none can tell whether it hangs on others' strings.
    unshown = []
    for file in months.places.files:
        figures = [column.name for column in file.publication.columns if is_industry_figure(column)]
        told = [path for folder, path in published_of(file, months.plain) if folder.name in WATCHED]
        if figures and not any(line[name] for path in told for line in lines(path) for name in figures):
            unshown.append(file.path)
    if unshown:
        warnings.warn(f"the market has no industry figure of {', '.join(unshown)}", stacklevel=2)
    assert len(unshown) < sum(file.publication.has_industry_figures for file in months.places.files)


def is_industry_figure(column: Column) -> bool:
    """Whether a column is a figure of other parties' rows, which may be withheld."""
    return column.industry not in (None, WITHHELD, SHOWN)


# Who gets what


# What the files that are never empty say of a party that has nothing.
TOLD_OF_NOTHING = {
    "findings.csv": {"finding": ["nothing_stands_out", "nothing_to_compare"], "affected_count": ["0"]},
    "estate.csv": {"device_type": ["ALL"], "device_count": ["0"], "of_count": ["0"]},
}


def test_a_party_with_nothing_gets_its_files_with_a_header_alone_or_is_told_so(months: Months) -> None:
    folder = months.plain / IDLE
    expected = {
        file.path.format(role=role)
        for file in months.places.files
        for role in file.roles or [None]
        if file.publication.always
    }
    # What is the same for all has its rows for this party too.
    of_all = {file.path for file in months.places.files if not file.publication.split}
    assert of_all < expected
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(files_of(folder)) == {
        *expected,
        *months.places.drawn(),
        INDEX,
        "manifest.json",
        "datapackage.json",
    }
    for file in manifest["files"]:
        if file["path"].endswith(".csv"):
            header, *rows = read_csv(folder / file["path"])
            assert (header, len(rows)) == (file["columns"], file["rows"])
            if file["path"] in of_all:
                assert rows
                continue
            told = TOLD_OF_NOTHING.get(file["path"].rpartition("/")[2], {})
            assert bool(rows) == bool(told), file["path"]
            for row in rows:
                cells = dict(zip(header, row, strict=True))
                assert all(cells[column] in cells_of for column, cells_of in told.items()), file["path"]


def test_who_is_no_recipient_has_no_folder(months: Months) -> None:
    assert {folder.name for folder in months.plain.iterdir()} == set(ROLES)
    after = {months.swap[party].text if party in months.swap else party for party in ROLES}
    assert {folder.name for folder in months.disguised.iterdir()} == after
    # They were in the landing zone: their rows are in the quarantine.
    run = json.loads((months.plain.parent / "run.json").read_text(encoding="utf-8"))
    for feed, strangers in (("service_requests", 4), ("alerts", 4), ("registrations", 2)):
        assert run["feeds"][feed]["quarantined_by_reason"] == {"unknown_party": strangers}
    assert not {PAST, FUTURE, DROPPED, GHOST} & {folder.name for folder in months.restated.iterdir()}


@pytest.mark.parametrize("name", ["run.json", "dbt.log", "quarantine/alerts.parquet", "inventory/IS/x.csv"])
def test_a_file_of_the_operators_would_be_seen(name: str, months: Months, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    (tmp_path / "manifest.json").write_bytes(b"")
    assert months.places.strange_files(tmp_path) == [name]


def test_what_is_for_operators_stands_in_no_folder_of_a_party(months: Months) -> None:
    run = json.loads(months.run)
    telling = [run["run_id"], run["code_version"], str(months.folder), str(REPOSITORY), "dbt.log"]
    for parties in (months.plain, months.restated, months.disguised):
        for folder in sorted(parties.iterdir()):
            assert months.places.strange_files(folder) == []
            texts = [Published(folder / name, name).text for name in files_of(folder)]
            told = [text for text in telling for content in texts if text.lower() in content]
            told += [text for text in telling for content in texts if unbroken(text).lower() in content]
            assert told == []
    assert (months.restated.parent / "run.json").is_file()
    assert list(months.out.glob("runs/*/quarantine/alerts.parquet"))


def test_no_log_and_no_facts_of_a_run_name_what_identifies_a_home(months: Months) -> None:
    written = [*months.out.glob("runs/*/*.json"), *months.out.glob("runs/*/dbt.log")]
    written += [path for path in (months.out / ".car/logs").rglob("*") if path.is_file()]
    logs = [months.told, *(path.read_text("utf-8") for path in written)]
    assert len(logs) == 5  # of two runs, and what the last one printed
    results = json.loads((months.out / ".car/target/run_results.json").read_text("utf-8"))["results"]
    logs += [json.dumps({**result, "compiled_code": None}) for result in results]
    everything = "\n".join(logs).lower()
    private = [token for token in months.tokens.values() if token.kind not in ("party_id", "srv", "instant")]
    told = {token.kind for token in private for way in ways_to_write(token) if way.lower() in everything}
    assert told == set()
    assert re.search(r"quarantined; of all rows: .*unknown_party 4", months.told)
