"""A party's folder holds what is its own and what the definitions except, and depends on no other strings.

The market of `canaries` is published, and once more with other strings where a watched party sees none.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

import canary_months  # noqa: E402
from canaries import (  # noqa: E402
    COOT,
    CROW,
    CROWD,
    CROWD_ALERT,
    CROWD_SRV,
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
)
from canary_months import (  # noqa: E402
    Months,
    Published,
    leaks,
    read_csv,
    strange_files,
    unbroken,
    ways_to_write,
)

AREAS = {
    "inventory": ("IS", "GS", "ES", "ED", "OU"),
    "business_process": ("IS", "GS", "ES", "ED", "OU", "GT", "RSA"),
    "alerts": ("IS", "GS", "ES", "ED"),
    "network_operator": ("ED",),
}
# Written with its header where the report is owed (docs/published.md, "CSV conventions").
ALWAYS = {
    "inventory": ("devices", "summary", "firmware_league", "findings"),
    "business_process": (
        "benchmark",
        "league_table",
        "round_trip_time",
        "daily",
        "failures",
        "findings",
        "install_and_commission",
        "change_of_supplier",
    ),
    "alerts": ("monthly", "daily", "delivery_time", "findings"),
    "network_operator": (
        "alert_devices",
        "credentials_handover",
        "outage_restoration",
        "outage_restoration_summary",
    ),
}
SUPPLIERS_ONLY = ("install_and_commission", "change_of_supplier")


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
    assert leaks(months.plain / party, party, months.market.tokens) == []


def test_a_later_version_tells_of_no_other_party_what_has_changed(months: Months) -> None:
    changes = sorted(months.restated.glob("*/changes.csv"))
    assert len(changes) == len({*ROLES, *(folder.name for folder in months.disguised.iterdir())})
    found = {}
    for path in changes:
        party = path.parent.name
        for pattern in ("changes.csv", "*.json"):
            found[f"{party}, {pattern}"] = leaks(path.parent, party, months.tokens, pattern)
    assert {name: of_file for name, of_file in found.items() if of_file} == {}


@pytest.mark.parametrize("party", [party for party in ROLES if party != IDLE])
def test_an_inventory_is_the_own_estate_with_the_names_that_are_excepted(party: str, months: Months) -> None:
    # Energy Suppliers are named to the network operator of the meter point, and it to its suppliers.
    told = 0
    for role in ROLES[party]:
        if role not in AREAS["inventory"]:
            continue
        estate = {
            line["device_id"]: (line["mpxn"], line["energy_supplier_id"], line["dno_id"])
            for line in lines(months.plain / party / f"inventory/{role}/devices.csv")
        }
        assert estate == months.market.estates[party, role]
        told += len(estate)
    assert told or not {*ROLES[party]} & {*AREAS["inventory"]}


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
    allowed = {(party, token.kind) for token in tokens.values() for party, _, _ in token.places}
    without_places = {
        text: type(token)(token.kind, text, token.needle, token.shown) for text, token in tokens.items()
    }
    for party in (WREN, CROW, WRYNECK):
        found = {leak.split(" in ")[0] for leak in leaks(months.plain / party, party, without_places)}
        assert found == {kind for recipient, kind in allowed if recipient == party}
    kinds = {token.kind for token in tokens.values()}
    assert kinds - {kind for _, kind in allowed} == {
        "corporate_group",
        "list_text",
        "party_name",
        "transaction_id",
    }


# The scan itself


def add_cell(path: Path, column: str, text: str) -> None:
    """Add a row with a text in a column, otherwise like the last one."""
    header, *_, last = read_csv(path)
    cells = [text if name == column else cell for name, cell in zip(header, last, strict=True)]
    path.chmod(0o644)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(",".join(cells) + "\n")


def add_to_json(path: Path, text: str) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    path.chmod(0o644)
    path.write_text(json.dumps({**document, "note": text}), encoding="utf-8")


def text_of(market: Market, kind: str, party: str = WREN) -> str:
    """A string of a kind that a party may see nowhere."""
    return next(
        token.text
        for token in market.tokens.values()
        if token.kind == kind and token.text != party and all(place[0] != party for place in token.places)
    )


def way_of(market: Market, kind: str, number: int) -> str:
    return ways_to_write(market.tokens[text_of(market, kind)])[number]


DEVICES, SUMMARY = "inventory/IS/devices.csv", "inventory/IS/summary.csv"
LEAGUE = "business_process/IS/league_table.csv"
# What is planted where (file, column), and what the scan must say.
PLANTED = [
    (DEVICES, "device_id", lambda m: text_of(m, "device_id"), "device_id"),
    (DEVICES, "device_id", lambda m: text_of(m, "device_id").lower(), "device_id"),
    (DEVICES, "mpxn", lambda m: text_of(m, "mpan"), "mpan"),
    (DEVICES, "mpxn", lambda m: way_of(m, "mpan", 1), "mpan"),
    (DEVICES, "mpxn", lambda m: way_of(m, "mpan", 2), "mpan"),
    (DEVICES, "mpxn", lambda m: text_of(m, "mprn"), "mprn"),
    (DEVICES, "postcode", lambda m: text_of(m, "postcode"), "postcode"),
    (DEVICES, "postcode", lambda m: way_of(m, "postcode", 1), "postcode"),
    (
        DEVICES,
        "smart_metering_system_id",
        lambda m: text_of(m, "smart_metering_system_id"),
        "smart_metering_system_id",
    ),
    (DEVICES, "csp_id", lambda m: text_of(m, "s1sp"), "s1sp"),
    (DEVICES, "dno_id", lambda m: COOT, "party_id"),
    (DEVICES, "energy_supplier_id", lambda m: CROW, "party_id"),
    (DEVICES, "last_meter_read_at", lambda m: "2026-02-10T03:14:15Z", "instant"),
    (DEVICES, "last_alert_at", lambda m: "2026-02-11T04:15:16Z", "instant"),
    (SUMMARY, "device_model", lambda m: text_of(m, "model"), "model"),
    (SUMMARY, "device_manufacturer", lambda m: text_of(m, "manufacturer"), "manufacturer"),
    (SUMMARY, "firmware_version", lambda m: text_of(m, "firmware_version"), "firmware_version"),
    # Its own, where it must not be, and a string that it may see in another file only.
    (SUMMARY, "device_model", lambda m: m.gained.devices["E"], "device_id"),
    (LEAGUE, "rank", lambda m: WRYNECK, "party_id"),
    (LEAGUE, "rank", lambda m: way_of(m, "device_id", 1), "device_id"),
    (LEAGUE, "rank", lambda m: way_of(m, "device_id", 2), "device_id"),
    (LEAGUE, "rank", lambda m: way_of(m, "device_id", 3), "device_id"),
    (LEAGUE, "srv", lambda m: text_of(m, "srv"), "srv"),
    (LEAGUE, "business_process", lambda m: text_of(m, "party_name"), "party_name"),
    (LEAGUE, "business_process", lambda m: text_of(m, "corporate_group"), "corporate_group"),
    ("alerts/IS/monthly.csv", "alert_code", lambda m: text_of(m, "alert_code"), "alert_code"),
    ("alerts/IS/monthly.csv", "alert_name", lambda m: text_of(m, "alert_id"), "alert_id"),
    (
        "business_process/IS/failures.csv",
        "failure_reason_code",
        lambda m: text_of(m, "response_code"),
        "response_code",
    ),
    ("datapackage.json", None, lambda m: text_of(m, "party_name"), "party_name"),
    ("manifest.json", None, lambda m: text_of(m, "transaction_id"), "transaction_id"),
    ("manifest.json", None, lambda m: CROW, "party_id"),
    ("manifest.json", None, lambda m: text_of(m, "list_text"), "list_text"),
]


@pytest.mark.parametrize("number", range(len(PLANTED)))
def test_the_scan_finds_a_planted_string(number: int, months: Months, tmp_path: Path) -> None:
    name, column, text, kind = PLANTED[number]
    source = months.plain / WREN / name
    target = tmp_path / WREN / name
    target.parent.mkdir(parents=True)
    shutil.copy(source, target)
    assert leaks(tmp_path / WREN, WREN, months.market.tokens) == []
    if column:
        add_cell(target, column, text(months.market))
    else:
        add_to_json(target, text(months.market))
    assert f"{kind} in {name}" in leaks(tmp_path / WREN, WREN, months.market.tokens)


def test_the_scan_finds_a_string_in_a_file_of_any_kind_and_in_a_name(months: Months, tmp_path: Path) -> None:
    market = months.market
    stranger = text_of(market, "device_id")
    (tmp_path / "notes.txt").write_text(stranger, encoding="utf-8")
    (tmp_path / f"{stranger}.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "changes.csv").write_text(f"file,change,row\nx.csv,added,{stranger}\n", encoding="utf-8")
    assert leaks(tmp_path, WREN, market.tokens) == [
        f"device_id in {name}" for name in sorted([f"{stranger}.csv", "changes.csv", "notes.txt"])
    ]


def test_the_scan_reads_reports(months: Months, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    market, texts = months.market, {}
    own = market.gained.devices["E"]
    model = market.names_of[own]["model"]
    for area in ("inventory/IS", "alerts/IS"):
        (tmp_path / area).mkdir(parents=True)
        (tmp_path / area / "report.pdf").write_bytes(b"")
    monkeypatch.setattr(canary_months, "pdf_text", lambda path: texts[path.parent.parent.name])
    texts |= {"inventory": f"Own: {WREN}, {model}, {own[:9]}\n{own[9:]}", "alerts": "No Events"}
    assert leaks(tmp_path, WREN, market.tokens) == []
    # A Device is named in the inventory alone, and nobody else's Device anywhere; a break hides neither.
    stranger, other_model = text_of(market, "device_id"), text_of(market, "model").replace(" ", " \n")
    texts |= {"alerts": f"{own[:12]} \n{own[12:]}, {other_model}", "inventory": f"CR-\nOW-SUPPLY, {stranger}"}
    assert leaks(tmp_path, WREN, market.tokens) == [
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
    assert kinds == {token.kind for token in months.market.tokens.values()} - {"instant"}
    # As the key of each party goes by the order of their names, so the names changed places.
    renamed = [text for text in months.swap if text in ROLES]
    assert len(renamed) > 5
    assert sorted(renamed, key=lambda text: months.swap[text].text) == sorted(renamed, reverse=True)
    for party in (set(ROLES) - set(WATCHED)) - {IDLE}:
        shown = months.swap[party].text if party in months.swap else party
        assert files_of(months.plain / party) != files_of(months.disguised / shown)
    folder = months.plain / WREN
    (benchmark,) = [
        line for line in lines(folder / "business_process/IS/benchmark.csv") if line["srv"] == CROWD_SRV
    ]
    assert benchmark["industry_success_rate"] and benchmark["ranked_parties"] == str(len(CROWD))
    (monthly,) = [
        line for line in lines(folder / "alerts/IS/monthly.csv") if line["alert_code"] == CROWD_ALERT
    ]
    assert monthly["industry_success_rate"]
    (league, summary) = (
        [
            line
            for line in lines(folder / f"inventory/IS/{name}.csv")
            if line["device_model"] == "Common Model"
        ]
        for name in ("firmware_league", "summary")
    )
    assert [line["rank"] for line in league if line["is_recipient"] == "true"] != [""]
    assert len(league) == len(CROWD)
    shares = {line["firmware_version"]: line["industry_share"] for line in summary}
    assert shares["1.0"] and "All other" in shares


# Who gets what


def test_a_party_with_nothing_to_report_gets_its_files_with_a_header_alone(months: Months) -> None:
    folder = months.plain / IDLE
    expected = {
        f"{area}/{role}/{name}.csv"
        for area, roles in AREAS.items()
        for role in roles
        for name in ALWAYS[area]
        if role in ("IS", "GS") or name not in SUPPLIERS_ONLY
    }
    reports = {f"{area}/{role}/report.pdf" for area, roles in AREAS.items() for role in roles}
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(files_of(folder)) == {*expected, *reports, "manifest.json", "datapackage.json"}
    for file in manifest["files"]:
        if file["path"].endswith(".csv"):
            assert read_csv(folder / file["path"]) == [file["columns"]]
            assert file["rows"] == 0


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
def test_a_file_of_the_operators_would_be_seen(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    (tmp_path / "manifest.json").write_bytes(b"")
    assert strange_files(tmp_path) == [name]


def test_what_is_for_operators_stands_in_no_folder_of_a_party(months: Months) -> None:
    run = json.loads(months.run)
    telling = [run["run_id"], run["code_version"], str(months.folder), str(REPOSITORY), "dbt.log"]
    for parties in (months.plain, months.restated, months.disguised):
        for folder in sorted(parties.iterdir()):
            assert strange_files(folder) == []
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
    assert re.search(r"quarantined: .*unknown_party 4", months.told)
