"""The month that is built: a simulated industry, odd files of its feeds, and rows that come late."""

from dataclasses import replace
from pathlib import Path

import duckdb
from landing_kinds import days, instants, numbers, put_all, rectangle, whole_microseconds
from restatement_months import add_late_alerts, add_late_firmware, add_late_requests, groups_of

from car.simulate import simulate

MONTH = "2026-10"
_SIZE = {"parties": 12, "devices": 600, "requests": 6_000, "seed": 1}
_ODD_FEEDS = ("service_requests", "alerts")
_ONE_OF = 10
_OUTAGE_CODES = ("AD1", "8F35", "8F36")
# What a file name may have that Spark reads as a pattern, as an address, or as a sign to pass it over.
ODD_NAMES = (
    "a:b.parquet",
    "_begins.parquet",
    ".begins.parquet",
    "{1,2}.parquet",
    "a,b.parquet",
    "what?.parquet",
    "all*.parquet",
    "[0-9].parquet",
    "100%.parquet",
    "%20.parquet",
    "two words+.parquet",
    "it's.parquet",
    "`quoted`.parquet",
    "zähler.parquet",
)


def land(landing: Path) -> None:
    """Land a month: files of each type that Parquet has, and files with odd names in two feeds."""
    simulate(landing=landing, month=MONTH, **_SIZE)
    put_all(landing, [*rectangle(), *instants()])
    with whole_microseconds():
        # Spark reads these itself; the others DuckDB copies for it. Each is a shape, which takes time.
        micros = [file for file in [*rectangle(), *numbers()] if file.feed in _ODD_FEEDS][::_ONE_OF]
        micros += days()
    put_all(landing, [replace(file, path=file.path.replace(".parquet", "-us.parquet")) for file in micros])
    for feed in _ODD_FEEDS:
        files = sorted((landing / feed).glob("*/events-*.parquet"))
        # The odd ones are those there were: their rows are the month's.
        for name, file in zip(ODD_NAMES, files, strict=False):
            file.rename(file.with_name(name))
    _land_rare(landing)


def _land_rare(landing: Path) -> None:
    """Land what a small month has none of: seconds that are no decimals of a minute, outages of no Device."""
    with duckdb.connect() as connection:
        outages = [str(file) for file in sorted((landing / "service_outages").glob("*/outages.csv"))]
        connection.execute(
            "copy (select * exclude (date)"
            " replace ('S' || outage_id as outage_id, ended_at - interval 23 second as ended_at)"
            " from read_csv(?, union_by_name = true) order by all)"
            f" to '{Path(outages[-1]).with_name('seconds.csv')}' (timestampformat '%Y-%m-%dT%H:%M:%S')",
            [outages],
        )
        alerts = [str(file) for file in sorted((landing / "alerts").glob("*/events-*.parquet"))]
        connection.execute(
            "copy (select * exclude (date) replace ('N' || alert_id as alert_id, null as device_id)"
            " from read_parquet(?, union_by_name = true)"
            f" where alert_code in {_OUTAGE_CODES} and destination_role = 'ED' order by all)"
            f" to '{Path(alerts[-1]).with_name('no-device.parquet')}' (format parquet)",
            [alerts],
        )


def land_late(landing: Path, parties: Path) -> None:
    """Land rows that restate the month of three corporate groups.

    Parameters:
        parties: the parties' folders of the month's release.
    """
    groups = groups_of(landing)
    late = [party for group in list(groups)[:3] for party in groups[group]]
    add_late_requests(landing, "late", late)
    add_late_alerts(landing, "late", late[0])
    add_late_firmware(landing, parties, late)
