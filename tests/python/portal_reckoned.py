"""Reckons what the portal's blocks show that is no cell: from rows of the CSVs, read as any reader would."""

import re
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from portal_release import read_csv

MODEL = ("device_type", "device_manufacturer", "device_model")
_NAMED = {"(empty)": ""}
# By folder with a file per value, the column that has it.
_IN_PATH = {"alert": "alert_code", "srv": "srv"}
_MILLIONTH = Decimal("0.000001")


def number_of(text):
    """Read a number; None where a text is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def share(part, whole):
    """Give a share as it is published, with six decimals; nothing of nothing."""
    return {(part / whole).quantize(_MILLIONTH, ROUND_HALF_UP)} if whole else set()


class Csvs:
    """The CSVs of a recipient in one month, with the rows that filters leave.

    folder: of the recipient; role: empty of the industry; filters: pairs of a parameter and its value.
    """

    def __init__(self, folder, role, filters=()):
        self._folder, self._role, self._filters = folder, role, filters

    def paths(self, name):
        """Give the files of an area, or of a name in it: with a file per value those of the folder."""
        area, _, file = name.partition("/")
        folder = self._folder / area / self._role if self._role else self._folder
        if not file:
            return sorted(folder.rglob("*.csv"))
        alone = folder / f"{file}.csv"
        return [alone] if alone.is_file() else sorted((folder / file).glob("*.csv"))

    def numbers(self, name):
        """Give every number in cells."""
        return _numbers(tuple(self.paths(name)))

    def rows(self, name):
        """Give the rows that the filters leave, as texts by column; what a path names is a column, too."""
        found = []
        for path in self.paths(name):
            header, *lines = read_csv(path)
            in_path = {_IN_PATH[path.parent.name]: path.stem} if path.parent.name in _IN_PATH else {}
            found += [{**in_path, **dict(zip(header, line, strict=True))} for line in lines]
        return [row for row in found if all(self._is_left(row, *one) for one in self._filters)]

    def _is_left(self, row, name, value):
        column, _, how = name.partition(".")
        if column not in row:
            return True
        cell = row[column]
        if how:
            return cell[:10] >= value if how == "from" else bool(cell) and cell[:10] < value
        return cell == _NAMED.get(value, value)


# Each block of a page asks for those of its area.
@lru_cache(maxsize=32)
def _numbers(paths):
    cells = {cell for path in paths for row in read_csv(path)[1:] for cell in row}
    return frozenset(map(number_of, cells)) - {None}


def groups(rows, by):
    """Give the rows by the values of some columns."""
    found = defaultdict(list)
    for row in rows:
        found[tuple(row[column] for column in by)].append(row)
    return list(found.values())


def total(rows, column):
    return sum((Decimal(row[column]) for row in rows if row[column]), Decimal(0))


def sums_and_shares(rows, column, by):
    """Give the sums of a column by group, and the share of each in all."""
    sums = [total(group, column) for group in groups(rows, by)]
    return {*sums, *(one for value in sums for one in share(value, sum(sums)))}


def counts_and_shares(rows, by):
    """Give the numbers of rows by group, and the share of each in all."""
    sizes = [Decimal(len(group)) for group in groups(rows, by)]
    return {*sizes, *(one for size in sizes for one in share(size, sum(sizes)))}


def successes(rows, column, by, failed):
    """Give by group the sum of a column, that of what failed, and the share of what did not."""
    found = set()
    for group in groups(rows, by):
        whole, bad = total(group, column), total([row for row in group if failed(row)], column)
        found |= {whole, bad, *share(whole - bad, whole)}
    return found


def _alert_failed(row):
    return row["outcome"] == "Failed"


def _alerts_by(column):
    return lambda now, before: successes(now.rows("alerts/alert"), "alert_count", [column], _alert_failed)


def _requests_by(column):
    return lambda now, before: successes(
        now.rows("business_process/srv"), "request_count", [column], lambda row: row["outcome"] != "Success"
    )


def _devices_by(column):
    return lambda now, before: counts_and_shares(now.rows("inventory/devices"), [column])


def _models(now, before):
    rows = now.rows("inventory/summary")
    versions = [[row for row in group if int(row["device_count"])] for group in groups(rows, MODEL)]
    return sums_and_shares(rows, "device_count", MODEL) | {Decimal(len(one)) for one in versions}


def _handed_over(rows):
    met, failed = total(rows, "met_count"), total(rows, "failed_count")
    return {met, met + failed, *share(met, met + failed)}


def _operator_overview(now, before):
    found = set()
    for csvs in (now, before):
        found |= _handed_over(csvs.rows("network_operator/credentials_handover"))
        outages = csvs.rows("network_operator/outage_restoration_summary")
        found.add(total([row for row in outages if row["check"] == "defect"], "count"))
        alerts = csvs.rows("network_operator/alert_devices")
        found |= {total(group, "alert_count") for group in groups(alerts, ["alert_code"])}
    return found


def _suppliers(now, before):
    name, by = "network_operator/credentials_handover", ["energy_supplier_id"]
    counts = ("n16_count", "met_count", "failed_count", "pending_count")
    rows, found = now.rows(name), set()
    for group in groups(rows, by):
        others = [row for row in rows if row not in group]
        found |= {total(group, column) for column in counts} | _handed_over(group) | _handed_over(others)
    for group in groups(before.rows(name), by):
        found |= _handed_over(group)
    return found


def _handover_days(now, before):
    rows = now.rows("network_operator/credentials_handover")
    counts = ("n16_count", "met_count", "failed_count", "pending_count")
    return {total(group, column) for group in groups(rows, ["day"]) for column in counts}


def _outages(now, before):
    found = set()
    for csvs in (now, before):
        for group in groups(csvs.rows("network_operator/outage_restoration_summary"), ["check"]):
            most = max(Decimal(row["count"]) for row in group)
            found |= {total(group, "count"), Decimal(len(group)), most}
    return found


def _operator_models(now, before):
    by, found = ("alert_code", *MODEL), set()
    devices = {
        tuple(group[0][name] for name in MODEL): total(group, "device_count")
        for group in groups(now.rows("inventory/summary"), MODEL)
    }
    rows = now.rows("network_operator/alert_devices")
    for of_code in groups(rows, ["alert_code"]):
        found |= sums_and_shares(of_code, "alert_count", by)
        for group in groups(of_code, by):
            size = devices.get(tuple(group[0][name] for name in MODEL))
            if size:
                hundredth = 100 * total(group, "alert_count") / size
                found |= {size, hundredth.quantize(Decimal(1), ROUND_HALF_UP)}
    earlier = before.rows("network_operator/alert_devices")
    return found | {total(group, "alert_count") for group in groups(earlier, by)}


def _deviations(now, before):
    """Give by how much each line of a day is from the industry: it colours a mark, and is in no words."""
    return {
        Decimal(row["own_success_rate"]) - Decimal(row["industry_success_rate"])
        for row in now.rows("business_process/daily")
        if row["own_success_rate"] and row["industry_success_rate"]
    }


def _others(now, before):
    """Give how many other parties are in the league of each model."""
    rows = [row for row in now.rows("inventory/firmware_league") if row["is_recipient"] == "false"]
    return {Decimal(len(group)) for group in groups(rows, MODEL)}


def _reasons(now, before):
    return sums_and_shares(now.rows("business_process/failures"), "failure_count", ["failure_reason_code"])


def _failing(now, before):
    rows = now.rows("business_process/failures")
    return sums_and_shares(rows, "failure_count", ["business_process", "srv"])


def _undelivered(now, before):
    rows = [row for row in now.rows("alerts/alert") if _alert_failed(row)]
    return sums_and_shares(rows, "alert_count", ["failure_reason_code"])


# By page and block, what it may show: nothing else. Each other block shows cells alone.
RECKONED = {
    ("inventory", "models"): _models,
    **{
        ("inventory", block): _devices_by(column)
        for block, column in {
            "device_types": "device_type",
            "device_regions": "csp_id",
            "device_statuses": "commissioned_status",
            "device_modes": "prepayment_flag",
            "device_versions": "smets_version",
        }.items()
    },
    ("business_process", "reasons"): _reasons,
    ("business_process", "processes"): _failing,
    ("business_process", "regions"): _requests_by("region"),
    ("business_process", "types"): _requests_by("device_type"),
    ("alerts", "reasons"): _undelivered,
    ("alerts", "regions"): _alerts_by("region"),
    ("alerts", "types"): _alerts_by("device_type"),
    ("alerts", "models"): _alerts_by("device_model"),
    ("overview", "network_operator"): _operator_overview,
    ("network_operator", "suppliers"): _suppliers,
    ("network_operator", "handover_days"): _handover_days,
    ("network_operator", "outages"): _outages,
    ("network_operator", "models"): _operator_models,
}
# What such a block shows besides its cells.
BESIDES = {("business_process", "days_beside"): _deviations, ("inventory", "league"): _others}
# Fields of marks that place them, and the target that the page's list gives.
PLACING = re.compile(r"(^|\.)(place|line|(first_|last_)?day|day_number|rank|half_ranks|target_s|is_\w+)$")


def _rounded(number, places):
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


# Of a table that Explore offers: the column with how many, the outcome of a success, the prefix of times.
_EXPLORED = {
    "alerts/alert": ("alert_count", "Delivered", "delivery"),
    "business_process/failures": ("failure_count", None, ""),
    "business_process/srv": ("request_count", "Success", "rtt"),
    "inventory/summary": ("device_count", None, ""),
}


def explored(now, table, measure, by, **other):
    """Give what Explore may say: the measure of each group of rows, where cells make it exactly.

    other: `and`, the second column.
    """
    split = [name for name in (by, other["and"]) if name]
    number, good, times = _EXPLORED[table]
    rows, found = now.rows(table), set()
    for group in groups(rows, split):
        failed = [row for row in group if row.get("outcome") != good]
        whole, bad = total(group, number), total(failed, number)
        measured = [row for row in group if row.get(f"{times}_sum_s")]
        if measure == number:
            found.add(whole)
        elif measure == "failures":
            found.add(bad)
        elif measure == "success_share":
            found |= {_rounded((whole - bad) / whole, 6)} if whole else set()
        elif measured:
            found.add(_of_times(measure.removeprefix(f"{times}_"), measured, measure, number, times))
    return {*found, Decimal(len(rows))}


def _of_times(kind, measured, measure, number, times):
    if kind == "mean_s":
        return _rounded(total(measured, f"{times}_sum_s") / total(measured, number), 3)
    return {"min_s": min, "max_s": max}[kind](Decimal(row[measure]) for row in measured)
