"""Texts that do harm where they are run instead of shown come through whole, and lead nowhere.

Free texts of the market of `canaries` in disguise are formulas, markup, paths, commands, controls and lines
that a log could have written; of identifiers that become names of files some lead out of the tree.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import duckdb
import pytest

# One month for all of them, or attacks by the thousand: CI runs the file by turns.
pytestmark = pytest.mark.long(together=True)

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from canaries import CROW, FREE_TEXTS, INCIDENTS, LONG_TEXTS, NASTY_TEXTS, ROLES, WREN  # noqa: E402
from canary_months import NASTY_NAMES, PATH_TRICKS, Months, read_csv  # noqa: E402
from releases import apply_changes, cells_of, read_changes  # noqa: E402

# No model publishes them yet: they must stand in staging as they landed.
UNPUBLISHED = {
    "stg_incidents": ("incidents", ("incident_id", "title", "service", "resolver", "related_transaction_id")),
    "stg_parties": ("parties", ("party_name", "corporate_group")),
    "stg_service_outages": ("service_outages", ("outage_id", "component", "approved_by")),
    "stg_defects": ("defects", ("defect_id", "title")),
    "stg_performance_exceptions": ("performance_exceptions", ("exception_id", "reason", "approved_by")),
    "stg_commentary": ("commentary", ("measure_id", "text")),
    "stg_service_requests": ("service_requests", ("transaction_id", "response_code")),
    "stg_alerts": ("alerts", ("alert_id", "response_code")),
}


def in_disguise(party: str, months: Months) -> str:
    return months.swap[party].text if party in months.swap else party


def records(path: Path) -> tuple[list[str], Counter[tuple[str, ...]]]:
    """Columns and rows of a CSV, in no order; what findings are numbered by their texts is left out."""
    header, *rows = read_csv(path)
    keep = [at for at, column in enumerate(header) if column != "position"]
    return header, Counter(tuple(row[at] for at in keep) for row in rows)


# Texts


@pytest.mark.parametrize("party", ROLES)
def test_every_cell_is_the_text_that_landed(party: str, months: Months) -> None:
    # Each file of the market in disguise is that of the market, with the other text in each cell.
    before, after = months.plain / party, months.disguised / in_disguise(party, months)
    anywhere = re.compile("|".join(map(re.escape, sorted(months.swap, key=len, reverse=True))))

    def other(cell: str) -> str:
        if cell in months.swap:
            return months.swap[cell].shown
        return anywhere.sub(lambda match: months.swap[match[0]].text, cell)

    expected = {
        anywhere.sub(lambda match: months.swap[match[0]].text, path.relative_to(before).as_posix()): path
        for path in before.rglob("*.csv")
    }
    assert set(expected) == {path.relative_to(after).as_posix() for path in after.rglob("*.csv")}
    differing = []
    for name, path in expected.items():
        header, rows = records(path)
        wanted = Counter({tuple(map(other, row)): count for row, count in rows.items()})
        if (header, wanted) != records(after / name):
            differing.append(name)
    assert differing == []


def test_every_text_is_among_them_with_an_apostrophe_where_a_spreadsheet_would_run_it(months: Months) -> None:
    published: dict[str, set[str]] = {}
    for path in months.disguised.rglob("*.csv"):
        for row in read_csv(path):
            for cell in row:
                for word in re.findall(r"k\d{4}k", cell):
                    published.setdefault(word, set()).add(cell)
    seen: Counter[str] = Counter()
    for token in months.swap.values():
        if token.kind in FREE_TEXTS and token.needle in published:
            form = token.text.replace(token.needle, "{k}")
            is_prefixed = dict((*NASTY_TEXTS, *LONG_TEXTS))[form]
            exact = {cell for cell in published[token.needle] if cell.lstrip("'") == token.text.lstrip("'")}
            assert exact <= {"'" + token.text if is_prefixed else token.text}
            seen[form] += bool(exact)
    assert [form[:20] for form, _ in (*NASTY_TEXTS, *LONG_TEXTS) if not seen[form]] == []
    assert max(len(cell) for cells in published.values() for cell in cells) > 10_000


def test_incidents_come_through_with_the_day_that_they_are_on(months: Months) -> None:
    ids = ";".join(sorted(months.market.incident_ids))
    assert ids.startswith("../..") and len(months.market.incident_ids) == len(INCIDENTS)
    header, *rows = read_csv(months.disguised / WREN / "business_process/IS/daily.csv")
    days = {(row[header.index("day")], row[header.index("incident_ids")]) for row in rows}
    assert {day for day in days if day[1]} == {("2026-02-12", ids)}
    header, *rows = read_csv(months.disguised / WREN / "reference/incidents.csv")
    assert header == ["incident_id", "name", "description"]
    landed = {
        (row["incident_id"], row["title"], f"{row['category']}, {row['service']}")
        for row in months.disguised_rows["incidents"]
    }
    assert {(incident.removeprefix("'"), *others) for incident, *others in rows} == landed


@pytest.mark.parametrize("model", UNPUBLISHED)
def test_what_is_not_published_stands_in_the_warehouse_as_it_landed(model: str, months: Months) -> None:
    feed, columns = UNPUBLISHED[model]
    with duckdb.connect(str(months.out / ".car/warehouse.duckdb"), read_only=True) as connection:
        ((schema,),) = connection.execute(
            "select table_schema from information_schema.tables where table_name = ?", [model]
        ).fetchall()
        stored = connection.execute(f"select {', '.join(columns)} from {schema}.{model}").fetchall()
    quarantined = json.loads(months.run)["feeds"][feed]["rows_quarantined"]
    landed = [tuple(row.get(column) for column in columns) for row in months.disguised_rows[feed]]
    surplus = Counter(landed) - Counter(stored)
    assert not Counter(stored) - Counter(landed)
    # What is not there was refused, or is an older list's; the rest of what was refused had been added.
    assert surplus.total() <= quarantined
    assert len(stored) > len(landed) - 6 and len(stored) > 4


def test_changes_turn_one_version_into_the_next(months: Months) -> None:
    before, after = months.plain / CROW, months.restated / CROW
    changes = read_changes(after)
    assert len(changes) > 500
    assert apply_changes(cells_of(before), changes) == cells_of(after)


# Paths


def test_nothing_was_made_outside_of_the_tree_and_nothing_of_a_texts_name_in_it(months: Months) -> None:
    assert sorted(path.name for path in months.folder.iterdir()) == [
        "apart",
        "home",
        "landing",
        "landing in disguise",
        "out",
    ]
    assert sorted(path.name for path in (months.folder / "home").rglob("*")) == []
    release = r"releases/2026-02/(current|log\.jsonl|v[12](/run\.json|/industry(/[a-z_]+\.(csv|json|pdf))?)?)"
    run = r"runs/[0-9TZ]+-[0-9a-f]{6}(/(run\.json|dbt\.log|quarantine(/[a-z_]+\.(csv|parquet))?))?"
    known = {*ROLES, *(in_disguise(party, months) for party in ROLES)}
    for out in (months.out, months.folder / "apart"):
        strange = []
        for path in out.rglob("*"):
            name = path.relative_to(out).as_posix()
            is_known = re.fullmatch(f"releases(/2026-02)?|runs|{release}|{run}", name)
            if name.split("/")[0] == ".car" or is_known or "/parties" in name:
                continue
            strange.append(name)
        assert strange == []
        for parties in out.glob("releases/2026-02/v*/parties"):
            assert {folder.name for folder in parties.iterdir()} <= known
            assert [
                name for folder in parties.iterdir() for name in months.places.strange_files(folder)
            ] == []
    names = [
        path.name
        for place in (months.folder.parent, Path(tempfile.gettempdir()), Path("/"))
        for path in place.iterdir()
    ]
    for tree in (months.folder, REPOSITORY):
        for _, folders, files in os.walk(tree):
            names += folders + files
            if tree == REPOSITORY:
                folders[:] = [name for name in folders if not name.startswith(".")]
    assert [name for name in names if "escaped" in name] == []


@pytest.mark.parametrize("feed", ["service_requests", "alerts", "parties"])
def test_identifiers_that_would_lead_out_of_the_tree_are_quarantined(feed: str, months: Months) -> None:
    columns = {
        "service_requests": {"originator_party_id": "party_id", "originator_role": "role", "srv": "srv"},
        "alerts": {
            "destination_party_id": "party_id",
            "destination_role": "role",
            "alert_code": "alert_code",
        },
        "parties": {"party_id": "party_id", "role": "role"},
    }[feed]
    (path,) = [
        path
        for path in months.out.glob(f"runs/*/quarantine/{feed}.parquet")
        if path.parent.parent.name == json.loads(months.run)["run_id"]
    ]
    rows = duckdb.execute(
        f"select reasons, {', '.join(columns)} from read_parquet(?) where reasons = ['bad_format']",
        [str(path)],
    ).fetchall()
    expected = {text for kind in columns.values() for text in PATH_TRICKS[kind]}
    assert len(rows) == sum(len(PATH_TRICKS[kind]) for kind in columns.values())
    assert expected <= {text for row in rows for text in row[1:]}
    counted = json.loads(months.run)["feeds"][feed]["quarantined_by_reason"]
    assert counted["bad_format"] == len(rows)


# Logs


def test_no_text_and_no_name_writes_a_line_of_a_log(months: Months) -> None:
    (log,) = [
        path.read_text(encoding="utf-8")
        for path in months.out.glob("runs/*/dbt.log")
        if path.parent.name == json.loads(months.run)["run_id"]
    ]
    for text in (months.told, log):
        assert [line for line in text.split("\n") if not line.isprintable()] == []
        assert [line for line in text.split("\n") if re.match(r"Warning: forged|Failed: forged", line)] == []
        # What was put into a name stands within the line that tells of it.
        assert not re.search(r"^.{0,20}version 99", text, re.MULTILINE)
    assert len(re.findall(r"^Published 2026-02 version 2 ", months.told, re.MULTILINE)) == 1
    told = [line for line in months.told.split("\n") if "version 99" in line]
    begins = sorted(re.split("[ :]", line.strip())[0] for line in told)
    assert begins == ["Drift", "Rejected", "Rejected", "alerts", "defects"]


def test_the_facts_of_a_run_are_json_and_name_the_files_as_they_are(months: Months) -> None:
    run = json.loads(months.run)
    rejected = {entry["file"] for entry in run["feeds"]["defects"]["rejected"]}
    assert rejected == {f"defects/date=2026-03-04/{name}.csv" for name in NASTY_NAMES}
    assert NASTY_NAMES[0] in {entry["column"] for entry in run["feeds"]["defects"]["drift"]}
    assert run["feeds"]["alerts"]["rejected"][0]["reason"] == "wrong_type"
    assert [reason for reason in run["held_back"] if not reason.isprintable()] == []
    for path in (months.restated.parent.parent).rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
