"""What of the landed rows was refused: the rows as they came, and for whoever sent them what is wrong.

A run writes both. `car check` writes what is wrong alone, of a scratch warehouse that has the staging models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from car.console import Reporter
from car.landing.check import LandingReport
from car.landing.contract import Feed
from car.landing.zone import InputFile
from car.release.export import CSV_OPTIONS
from car.warehouse import build as dbt
from car.warehouse.catalogue import Catalogue
from car.warehouse.database import open_to_read, quote_name, quote_text
from car.workspace import Machine

# What is built of the dbt project to judge rows: the model with what is wrong, and what that reads.
_FAULTS = "+tag:quarantine_faults"


@dataclass(frozen=True)
class Choice:
    """Which files of the landing zone are looked at.

    Attributes:
        feed: of this feed alone; None: of all.
        since: that landed on this day or later; None: whenever.
    """

    feed: str | None = None
    since: date | None = None

    @property
    def is_all(self) -> bool:
        """Tell whether every file is."""
        return self.feed is None and self.since is None

    def has(self, feed: str, landed_on: date) -> bool:
        """Tell whether a file of a feed is looked at."""
        return self.feed in (None, feed) and (self.since is None or landed_on >= self.since)

    def needs(self, file: InputFile, feed: Feed) -> bool:
        """Tell whether a file is looked at, or is of a list by which others are judged."""
        return self.has(file.feed, file.landed_on) or feed.is_full_list


def write_refused(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, feeds: dict[str, Any], folder: Path
) -> None:
    """Write the refused rows of each feed that has any, as they came, and a CSV of what is wrong with them.

    Parameters:
        feeds: what became of the rows of each feed, as run.json has it.
        folder: is made where there is something to write.
    """
    for feed, relation in catalogue.quarantine.items():
        if feeds.get(feed, {}).get("rows_quarantined"):
            folder.mkdir(parents=True, exist_ok=True)
            connection.execute(
                f"copy (select * from {relation} order by landed_file, landed_row)"
                f" to {quote_text(str(folder / f'{feed}.parquet'))} (format parquet)"
            )
            write_faults(connection, catalogue, feed, folder)


def write_faults(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    feed: str,
    folder: Path,
    files: Sequence[str] | None = None,
) -> dict[str, int]:
    """Write what is wrong with the refused rows of a feed, a line for each row, column and reason.

    Parameters:
        folder: gets `<feed>.csv`, where there is a line.
        files: of rows of these files alone, as the rows name them; None: of all.

    Returns:
        Lines by reason.
    """
    if catalogue.faults is None:
        return {}
    relation, split = catalogue.faults
    of_feed = f"{relation} where {quote_name(split)} = {quote_text(feed)}"
    if files is not None:
        of_feed += f" and landed_file in ({', '.join(map(quote_text, files)) or 'null'})"
    counted = connection.execute(
        f"select reason, count(*) from {of_feed} group by reason order by reason"
    ).fetchall()
    if counted:
        folder.mkdir(parents=True, exist_ok=True)
        connection.execute(
            f"copy (select * exclude ({quote_name(split)}) from {of_feed} order by all)"
            f" to {quote_text(str(folder / f'{feed}.csv'))} ({CSV_OPTIONS})"
        )
    return dict(counted)


def check_rows(
    landing: LandingReport, choice: Choice, folder: Path, scratch: Path, machine: Machine, reporter: Reporter
) -> dict[str, dict[str, int]]:
    """Judge the rows of checked files as a run would, and write what is wrong with those it would refuse.

    Parameters:
        landing: what the check of the files found, whose index has those that the choice needs.
        folder: gets a CSV of each feed that has such rows.
        scratch: for the warehouse, which is of no use afterwards.

    Returns:
        Lines by feed and reason.

    Raises:
        CarError: they could not be judged.
    """
    warehouse = scratch / "warehouse.duckdb"
    variables = {
        "reporting_month": f"{landing.as_of:%Y-%m}",
        "as_of": landing.as_of.isoformat(sep=" "),
        "landing_index": str(landing.index),
    }
    with reporter.step("rows", "Judging the rows") as step:
        log, threads, memory_limit = scratch / "dbt.log", machine.threads, machine.memory_limit
        catalogue = dbt.build(
            warehouse, scratch, variables, threads, memory_limit, log, progress=step, select=(_FAULTS,)
        ).catalogue
        found = {}
        with open_to_read(warehouse, scratch / "tmp", threads, memory_limit) as connection:
            for feed in catalogue.quarantine:
                files = [
                    item.path
                    for item in landing.inputs
                    if item.feed == feed and choice.has(feed, item.landed_on)
                ]
                if files and (reasons := write_faults(connection, catalogue, feed, folder, files)):
                    found[feed] = reasons
    for feed, reasons in found.items():
        told = ", ".join(f"{reason} {count:,}" for reason, count in reasons.items())
        reporter.warn(f"{feed}: a run would refuse rows ({told}): {folder / f'{feed}.csv'}")
    if not found:
        reporter.say("A run would refuse no row of these files.")
    return found
