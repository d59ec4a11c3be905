"""What the suites look at, as DuckDB reads it: the warehouse, and the files as a recipient has them."""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

import duckdb

from car.errors import CarError
from car.release.places import INDUSTRY, place_of
from car.release.versions import Month
from car.warehouse.catalogue import Catalogue
from car.warehouse.database import quote_name, quote_text
from car.warehouse.declaration import LEADING_COLUMNS

if TYPE_CHECKING:
    import pandas

_IDENTIFYING = re.compile(r"(.*_)?(device_id|device_key|mpxn|mpxn_key|export_mpan(_key)?|postcode)")


def register_release(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, month: Month, version: int
) -> None:
    """Make a release readable: a view per published file, named as its exposure, and `published_files`.

    The files are read as CSV in the types of the contract, not taken from the marts they were written from.
    `published_files` has what the manifests say of each file, and how many records are counted in it.
    """
    release = month.version_path(version)
    counted = []
    for publication in catalogue.publications:
        pattern = place_of(INDUSTRY if publication.is_industry else "*")
        pattern += "/" + re.sub(r"\{[^}]*\}", "*", publication.path)
        columns = ", ".join(
            f"{quote_text(column.name)}: {quote_text(column.data_type)}" for column in publication.columns
        )
        if any(release.glob(pattern)):
            source = (
                f"from read_csv({quote_text(f'{release.as_posix()}/{pattern}')}, columns = {{{columns}}},"
                " header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '',"
                " auto_detect = false, filename = 'car_file')"
            )
            counted.append(f"select car_file {source}")
        else:
            nulls = ", ".join(
                f"null::{column.data_type} as {quote_name(column.name)}" for column in publication.columns
            )
            source = f"from (select {nulls}, null::varchar as car_file where false)"
        connection.execute(f"create or replace temp view {publication.name} as select * {source}")
    rows = [
        (
            party,
            path,
            f"{place_of(party)}/{path}",
            entry["rows"],
            len({*entry["columns"]} - {*LEADING_COLUMNS}),
        )
        for party, files in month.files_of(version).items()
        for path, entry in files.items()
    ]
    connection.execute(
        "create or replace temp table listed (party_id varchar, path varchar, place varchar,"
        " listed_rows bigint, own_column_count bigint)"
    )
    if rows:
        connection.executemany("insert into listed values (?, ?, ?, ?, ?)", rows)
    union = " union all ".join(counted) or "select null::varchar as car_file where false"
    connection.execute(
        "create or replace temp table published_files as select listed.*,"
        " coalesce(found.counted_rows, 0) as counted_rows from listed left join"
        f" (select substr(car_file, {len(release.as_posix()) + 2}) as place, count(*) as counted_rows"
        f" from ({union}) group by all) as found on found.place = listed.place"
    )


def recipients_without_rows(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> list[str]:
    """Give the recipients of a registered release of whose reports no file has a row."""
    of_no_report = [
        item.path for item in catalogue.publications if item.report is None and not item.is_industry
    ]
    rows = connection.execute(
        "select party_id from published_files where party_id <> ? group by party_id"
        " having count(*) filter (where listed_rows > 0 and not list_contains(?, path)) = 0"
        " order by party_id",
        [INDUSTRY, of_no_report],
    ).fetchall()
    return [party for (party,) in rows]


def private_columns(catalogue: Catalogue) -> set[str]:
    """Give the names of the published columns that show something of a Device or a meter point."""
    return {
        column.name
        for publication in catalogue.publications
        for column in publication.columns
        if column.shows in ("own_device", "own_meter_point")
    }


def read_rows(
    connection: duckdb.DuckDBPyConnection, name: str, sql: str, private: Collection[str] = ()
) -> "pandas.DataFrame":
    """Read the rows of a suite.

    Parameters:
        private: columns that they must not have, beside those by whose names landed rows are known.

    Raises:
        CarError: what they are read from is not there, or a column of them would bring what identifies a home
            or a Device onto the page.
    """
    try:
        result = connection.execute(sql)
    except duckdb.CatalogException as error:
        raise CarError(f"The suite {name} reads what is not there: {str(error).splitlines()[0]}") from None
    columns = [column[0] for column in result.description]
    shown = [column for column in columns if column in private or _IDENTIFYING.fullmatch(column)]
    if shown:
        raise CarError(
            f"The suite {name} reads {', '.join(shown)}, which must not come onto the quality page."
        )
    return result.df()
