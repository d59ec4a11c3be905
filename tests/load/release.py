"""Makes an output folder with the releases of a large supplier, for the portal to serve under load.

The fixed release tests/reports/release is multiplied, so that its rows are of nobody. The files by which a
bundle grows are made in the number that is asked for: Devices, and a row for each combination of dimensions
of an SRV or an alert code. datapackage.json and manifest.json are written as `car` writes them.
"""

import json
import sys
from calendar import monthrange
from dataclasses import dataclass
from pathlib import Path

import duckdb

from car.jsonfile import write_json
from car.release import log
from car.release.compare import READ_OPTIONS
from car.release.export import PublishedFile, digest
from car.release.places import INDUSTRY, INDUSTRY_FOLDER, PARTIES
from car.release.tree import Month
from car.release.versions import describe, list_files
from car.warehouse.catalogue import Catalogue, Publication
from car.warehouse.database import quote_name, quote_text

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "reports")]

from cut_release import INDUSTRY as INDUSTRY_FILES
from cut_release import MONTH, RELEASE
from walk import LARGE, SMALL

ROLE = "IS"
"""The User Role of both parties."""
TEMPLATES = {
    "devices": "inventory/{role}/devices.csv",
    "srv": "business_process/{role}/srv/{srv}.csv",
    "alert": "alerts/{role}/alert/{alert_code}.csv",
}
# Sixteen business processes, of which each SRV has two of its kind.
_PROCESSES, _LINES, _CODES, _MODELS = 4, 8, 20, 24
# By file: how many copies there are of each row, and the columns by which they differ; others stay as is.
_COPIES = {
    "business_process/benchmark": (_LINES, ("business_process", "srv")),
    "business_process/round_trip_time": (_LINES, ("business_process", "srv")),
    "business_process/daily": (_LINES, ("business_process", "srv")),
    "business_process/league_table": (_LINES, ("business_process", "srv")),
    "business_process/diagnosis": (_LINES, ("business_process", "srv")),
    "alerts/daily": (_CODES, ("alert_code",)),
    "alerts/monthly": (_CODES, ("alert_code", "alert_name")),
    "alerts/delivery_time": (_CODES, ("alert_code",)),
    "inventory/summary": (_MODELS, ("device_model",)),
    "inventory/firmware_league": (_MODELS, ("device_model",)),
}
_FAILURES = "business_process/failures"
# By this a copy of an alert code is told from others.
_LETTER = "case when copy > 0 then chr(cast(96 + copy as integer)) else '' end"
_TOTAL = "ALL"
# Pools of the dimensions of a row: response codes, hubs, models with their firmware, regions.
_RESPONSES, _HUBS, _DEVICES, _REGIONS = 24, 48, 576, 4
_COMBINATIONS = _RESPONSES * _HUBS * _DEVICES * _REGIONS
# Has no divisor in common with the number of combinations: no two rows of a file are alike.
_STEP = 1_000_003


@dataclass(frozen=True)
class Size:
    """How large the releases are.

    Attributes:
        device_count: rows of devices.csv in a whole month.
        srv_count: rows of all srv files in a whole month.
        alert_count: rows of all alert files in a whole month.
        failure_count: rows of failures.csv, about.
        month_count: months in force.
        whole_count: the newest months, which have all these rows.
        earlier_share: of these rows in the months before, of Devices a tenth of it.
    """

    device_count: int
    srv_count: int
    alert_count: int
    failure_count: int
    month_count: int
    whole_count: int
    earlier_share: float


WHOLE = Size(5_000_000, 2_000_000, 2_000_000, 200_000, 12, 2, 0.1)
SMALLER = Size(20_000, 8_000, 8_000, 2_000, 3, 2, 0.25)


class Maker:
    """Makes releases of one size in an output folder.

    Parameters:
        out: the output folder.
        size: of each month.
        catalogue: of what is published, for datapackage.json.
    """

    def __init__(self, out: Path, size: Size, catalogue: Catalogue) -> None:
        self.out = out
        self.size = size
        self._publications = {publication.place: publication for publication in catalogue.publications}
        self._connection = duckdb.connect(config={"threads": 2, "memory_limit": "2GiB"})

    def months(self) -> list[str]:
        """Give the months, the oldest first."""
        year, number = int(MONTH[:4]), int(MONTH[5:])
        back = range(self.size.month_count - 1, -1, -1)
        return [f"{(year * 12 + number - 1 - n) // 12:04d}-{(number - 1 - n) % 12 + 1:02d}" for n in back]

    def all(self) -> None:
        """Make version 1 of every month and put it in force; what is there stays."""
        for month in self.months():
            self.version(month, 1)
            tree = Month(self.out, month)
            if tree.in_force() is None:
                tree.switch(log.switch_now(None, 1, "load", ""))

    def version(self, month: str, version: int) -> None:
        """Make a version of a month, unless it is there; its names tell it from other versions."""
        release = Month(self.out, month).version_path(version)
        if (release / "run.json").is_file():
            return
        run = {"reporting_month": month, "as_of": f"{month}-28T00:00:00Z", "version": version}
        for party in (LARGE, SMALL):
            self._party(release / PARTIES / party, party, run)
        self._industry(release / INDUSTRY_FOLDER, run)
        write_json(release / "run.json", run)

    def _share(self, month: str) -> float:
        return 1.0 if month in self.months()[-self.size.whole_count :] else self.size.earlier_share

    def _party(self, folder: Path, party: str, run: dict) -> None:
        files = []
        month, edition = run["reporting_month"], run["version"]
        for path in sorted((RELEASE / SMALL).rglob("*.csv")):
            name = path.relative_to(RELEASE / SMALL).as_posix()
            place, role = _place(name)
            made_here = party == LARGE and name.split("/")[-2] == "alert"
            if (
                place not in self._publications
                or made_here
                or (party == LARGE and place == TEMPLATES["devices"])
            ):
                continue
            query = self._copied(path, place, party, month, edition)
            files.append(self._written(folder, name, party, role, place, query))
        if party == LARGE:
            share, size = self._share(month), self.size
            files += self._combined(folder, run, "alert", self._alert_codes(), int(size.alert_count * share))
            files += self._combined(folder, run, "srv", self._srvs(), int(size.srv_count * share))
            number = int(size.device_count * (share if share == 1.0 else share / 10))
            path = TEMPLATES["devices"].format(role=ROLE)
            query = self._devices(number, month, edition)
            files.append(self._written(folder, path, party, ROLE, TEMPLATES["devices"], query))
        list_files(folder, party, run, edition, describe(folder, party, run, edition, files), ())

    def _industry(self, folder: Path, run: dict) -> None:
        files = []
        for path in sorted(INDUSTRY_FILES.glob("*.csv")):
            place = f"{INDUSTRY_FOLDER}/{path.name}"
            query = self._copied(path, place, INDUSTRY, run["reporting_month"], run["version"])
            files.append(self._written(folder, path.name, INDUSTRY, None, place, query))
        entries = describe(folder, INDUSTRY, run, run["version"], files)
        list_files(folder, INDUSTRY, run, run["version"], entries, ())

    def _written(
        self, folder: Path, name: str, party: str, role: str | None, place: str, query: str
    ) -> PublishedFile:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (rows,) = self._connection.execute(
            f"copy ({query}) to {quote_text(str(path))} (format csv, header true)"
        ).fetchone()
        return PublishedFile(party, role, name, *digest(path), rows, self._publications[place])

    def _copied(self, path: Path, place: str, party: str, month: str, edition: int) -> str:
        """Give a file of the fixed release, as of another month and party, with its copies."""
        name = place.removesuffix(".csv").replace("/{role}", "")
        copies, differing = _COPIES.get(name, (1, ()))
        if name == _FAILURES:
            copies = self.size.failure_count // 466
            differing = ("business_process", "device_firmware_version")
        if party != LARGE:
            copies = 1
        shown, kept, columns = [], "true", self._publications[place].columns
        for column in columns:
            sql = quote_name(column.name)
            if column.name == "party_id":
                sql = quote_text(party)
            elif column.name in ("day", "reporting_month"):
                sql = f"replace({sql}, {quote_text(MONTH)}, {quote_text(month)})"
                if column.name == "day":
                    kept = (
                        f"cast(right(day, 2) as integer) <= {monthrange(int(month[:4]), int(month[5:]))[1]}"
                    )
            elif column.name in differing:
                sql = _differing(sql, column.name, name == _FAILURES, copies, edition)
            shown.append(f"{sql} as {quote_name(column.name)}")
        if "srv" in differing:
            kept += f" and (copy < {_PROCESSES} or srv <> {quote_text(_TOTAL)})"
        names = ", ".join(f"{quote_text(column.name)}: 'varchar'" for column in columns)
        source = f"read_csv({quote_text(str(path))}, columns = {{{names}}}, header = true, {READ_OPTIONS})"
        numbered = f"(select *, row_number() over () as line from {source})"
        copied = f"{numbered}, range({copies}) as copies (copy)"
        return f"select {', '.join(shown)} from {copied} where {kept} order by copy, line"

    def _alert_codes(self) -> list[str]:
        found = [path.stem for path in sorted((RELEASE / SMALL / "alerts" / ROLE / "alert").glob("*.csv"))]
        return [f"{code}{_letter(copy)}" for copy in range(_CODES) for code in found]

    def _srvs(self) -> list[str]:
        path = RELEASE / SMALL / "reference" / "service_reference_variants.csv"
        found = self._connection.execute(
            f"select srv from read_csv({quote_text(str(path))}, all_varchar = true)"
        )
        return [row[0] for row in found.fetchall()][:76]

    def _combined(
        self, folder: Path, run: dict, kind: str, values: list[str], number: int
    ) -> list[PublishedFile]:
        """Make a file per value, the first ones with most rows."""
        files = []
        month, edition = run["reporting_month"], run["version"]
        for value, rows in zip(values, shared_out(number, len(values)), strict=True):
            place = TEMPLATES[kind]
            name = place.format(role=ROLE, srv=value, alert_code=value)
            query = _combinations(self._publications[place], rows, month, edition)
            files.append(self._written(folder, name, LARGE, ROLE, place, query))
        return files

    def _devices(self, number: int, month: str, edition: int) -> str:
        def part(salt: int, of: int) -> str:
            return f"cast(hash(n, {salt}) % {of} as bigint)"

        read_at, alert_at = (_instant(month, part(salt, 2_600_000)) for salt in (10, 12))
        kinds = ["ESME", "ESME", "ESME", "GSME", "GSME", "CHF", "GPF", "PPMID"]
        # A few models have most Devices.
        model = f"cast(pow({part(2, 1000)} / 1000.0, 2) * 40 as bigint)"
        code = f"({self._alert_codes()!r})[{part(5, 60)} + 1]".replace("(", "", 1).replace(")", "", 1)
        shown = {
            "reporting_month": quote_text(month),
            "party_id": quote_text(LARGE),
            "role": quote_text(ROLE),
            "device_id": "rtrim(regexp_replace(printf('%016X', n * 7919), '(..)', '\\1-', 'g'), '-')",
            "smart_metering_system_id": "printf('SMS%09d', n // 2)",
            "device_type": f"{kinds}[{part(1, 8)} + 1]",
            "device_model": f"printf('MODEL %02d', {model})"
            f" || case when {model} >= 20 then ' ed{edition}' else '' end",
            "firmware_version": f"printf('00%02X%04X', {model}, {part(3, 8)} * 3)",
            "csp_id": f"['CSP-N', 'CSP-C', 'CSP-S', 'S1SP-MOC'][{part(4, 4)} + 1]",
            "energy_supplier_id": quote_text(LARGE),
            "dno_id": f"printf('DNO-%02d', {part(6, 14)})",
            "mpxn": "printf('%013d', n + 1000000000000)",
            "postcode": f"printf('ZZ%d %dZZ', {part(7, 99)}, {part(8, 9)})",
            "last_meter_read_at": f"case when {part(9, 20)} > 0 then {read_at} end",
            "last_alert_at": f"case when {part(11, 3)} = 0 then {alert_at} end",
            "last_alert_code": f"case when {part(11, 3)} = 0 then {code} end",
            "commissioned_status": f"case {part(13, 20)} when 0 then 'Suspended' when 1 then 'Whitelisted'"
            " when 2 then 'Recovered' else 'Commissioned' end",
            "power_outage_alert_count": f"greatest({part(14, 30)} - 25, 0)",
            "prepayment_flag": f"{part(15, 6)} = 0",
            "smets_version": f"case when {part(4, 4)} = 3 then 'SMETS1' else 'SMETS2' end",
            "cpl_expires_within_30_days": f"{part(16, 90)} = 0",
            "security_certificate_expires_within_30_days": f"{part(17, 90)} = 0",
            "change_of_supplier_start_date": f"cast(date '2020-01-01' + {part(18, 2000)}::int as varchar)",
            "change_of_supplier_end_date": "null",
        }
        columns = self._publications[TEMPLATES["devices"]].columns
        texts = ", ".join(
            f"{shown.get(column.name, 'null')} as {quote_name(column.name)}" for column in columns
        )
        return f"select {texts} from range({number}) as devices (n)"


def shared_out(number: int, parts: int) -> list[int]:
    """Share a number out over parts, each smaller than the one before; together they are the number."""
    weights = [1 / (place + 1) for place in range(parts)]
    found = [int(number * weight / sum(weights)) for weight in weights]
    return [found[0] + number - sum(found), *found[1:]]


def _place(name: str) -> tuple[str, str | None]:
    """Give the path template of a file of a party, and its User Role."""
    area, _, rest = name.partition("/")
    if area == "reference":
        return name, None
    role, _, rest = rest.partition("/")
    rest = "alert/{alert_code}.csv" if rest.startswith("alert/") else rest
    return f"{area}/{{role}}/{rest}", role


def _letter(copy: int) -> str:
    return chr(ord("a") + copy - 1) if copy else ""


def _differing(sql: str, column: str, is_failure: bool, copies: int, edition: int) -> str:
    """Give a column by which copies differ: the first is as published, the later half names its version."""
    number = "copy"
    if column == "alert_code":
        return f"{sql} || {_LETTER}"
    if column == "srv":
        return f"{sql} || case when copy >= {_PROCESSES} then 'a' else '' end"
    if column == "business_process":
        number, copies = f"copy % {_PROCESSES}", _PROCESSES
    elif is_failure:
        return f"printf('%s-%d', {sql}, copy // {_PROCESSES})"
    named = f"case when {number} >= {copies // 2} then ' ed{edition}' else '' end"
    return f"{sql} || case when {number} > 0 then ' ' || {number} else '' end || {named}"


def _combinations(publication: Publication, number: int, month: str, edition: int) -> str:
    """Give rows of the dimensions of a srv or an alert file, in their order as published."""
    is_srv = any(column.name == "request_count" for column in publication.columns)
    good, bad = ("Success", "Failure") if is_srv else ("Delivered", "Failed")
    count = "request_count" if is_srv else "alert_count"
    times = "rtt" if is_srv else "delivery"
    shortest, longest = (
        "cast(0.5 + (key % 997) / 100 as decimal(12, 3))",
        "cast(20 + (key % 9973) / 100 as decimal(12, 3))",
    )
    mean = f"cast(round(({shortest} + {longest}) / 2, 3) as decimal(12, 3))"
    shown = {
        "reporting_month": quote_text(month),
        "party_id": quote_text(LARGE),
        "role": quote_text(ROLE),
        "business_process": "'Meter Reads'",
        "credential_type": "null",
        "outcome": f"case when response = 0 then '{good}' else '{bad}' end",
        "failure_reason_code": "case when response > 0 then 'E' || response end",
        "ch_manufacturer": "printf('HUB %d', hub // 12)",
        "ch_model": "printf('CHF %d', 100 + hub // 6)",
        "ch_function": "'CHF'",
        "ch_firmware_version": "printf('00A4CB%02X', hub)",
        "device_type": "case when device < 360 then 'ESME' when device < 520 then 'GSME' else 'PPMID' end",
        "device_manufacturer": "printf('MAKER %d', device // 72)",
        "device_model": f"printf('MODEL %02d ed{edition}', device // 12)",
        "device_firmware_version": "printf('000B%04X', device)",
        "region": "['Central', 'North', 'SMETS1', 'South'][region + 1]",
        "smets_version": "case when region = 2 then 'SMETS1' else 'SMETS2' end",
        "trt_s": "30",
        count: "1 + key % 9",
        f"{times}_min_s": shortest,
        f"{times}_mean_s": mean,
        f"{times}_median_s": mean,
        f"{times}_max_s": longest,
        f"{times}_sum_s": f"{mean} * (1 + key % 9)",
    }
    texts = ", ".join(f"{shown[column.name]} as {quote_name(column.name)}" for column in publication.columns)
    key = f"cast(n * {_STEP} % {_COMBINATIONS} as bigint)"
    parts = (
        f"select n, {key} as key, cast({key} % {_RESPONSES} as bigint) as response,"
        f" {key} // {_RESPONSES} % {_HUBS} as hub,"
        f" {key} // {_RESPONSES * _HUBS} % {_DEVICES} as device,"
        f" {key} // {_RESPONSES * _HUBS * _DEVICES} as region"
    )
    return (
        f"select {texts} from ({parts} from range({number}) as numbers (n))"
        " order by response > 0, response, hub, device, region"
    )


def _instant(month: str, seconds: str) -> str:
    return f"strftime(timestamp '{month}-01' + to_seconds({seconds}), '%Y-%m-%dT%H:%M:%SZ')"


def csv_bytes(out: Path, month: str, version: int, party: str) -> int:
    """Count the bytes of a party's CSVs in a release."""
    manifest = Month(out, month).version_path(version) / PARTIES / party / "manifest.json"
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    return sum(file["bytes"] for file in files if file["path"].endswith(".csv"))
