"""One landing file as many programs write it: each variant writes the records of a file anew.

The libraries are in requirements-writers.txt; the product does not need them. Records are read from a Parquet
file that DuckDB wrote, with instants in whole milliseconds. Where a writer keeps nanoseconds, 999 stand
behind the last microsecond, and have to be cut.
"""

import codecs
import csv
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet


@dataclass(frozen=True)
class Variant:
    """A way to write a landing file."""

    name: str
    write: Callable[[Path, Path], None]
    """Writes the records of one file to another."""
    has_dates: bool = True
    """Whether the writer has a type for a day."""


# PyArrow ------------------------------------------------------------------------------------------------


def _arrow(source, target, unit="us", zone=None, text=None, **options):
    table = pyarrow.parquet.read_table(source, partitioning=None)
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pyarrow.types.is_timestamp(field.type):
            column = _instants(column, unit, zone)
        elif pyarrow.types.is_string(field.type) and text is not None:
            column = column.dictionary_encode() if text == "dictionary" else column.cast(text)
        table = table.set_column(place, field.name, column)
    pyarrow.parquet.write_table(table, target, **options)


def _instants(column, unit, zone):
    column = column.cast(pyarrow.timestamp(unit))
    if unit == "ns":
        ticks = pyarrow.compute.add(column.cast(pyarrow.int64()), 999)
        column = ticks.cast(pyarrow.timestamp(unit))
    return column.cast(pyarrow.int64()).cast(pyarrow.timestamp(unit, zone))


def _arrow_encoded(source, target, encoding, kinds):
    schema = pyarrow.parquet.read_schema(source)
    chosen = {field.name: encoding for field in schema if any(kind(field.type) for kind in kinds)}
    _arrow(source, target, use_dictionary=False, column_encoding=chosen)


_TYPES = pyarrow.types
_WHOLE = (_TYPES.is_int64, _TYPES.is_timestamp)
_TEXT = (_TYPES.is_string,)

ARROW = [
    *(
        Variant(
            f"pyarrow {codec} page {page} dictionary {dictionary}",
            partial(_arrow, compression=codec, data_page_version=page, use_dictionary=dictionary),
        )
        for codec, page, dictionary in itertools.product(
            ["none", "snappy", "gzip", "brotli", "zstd", "lz4"], ["1.0", "2.0"], [True, False]
        )
    ),
    *(
        Variant(f"pyarrow {encoding}", partial(_arrow_encoded, encoding=encoding, kinds=kinds))
        for encoding, kinds in (
            ("DELTA_BINARY_PACKED", _WHOLE),
            ("BYTE_STREAM_SPLIT", _WHOLE),
            ("DELTA_LENGTH_BYTE_ARRAY", _TEXT),
            ("DELTA_BYTE_ARRAY", _TEXT),
        )
    ),
    *(
        Variant(f"pyarrow {unit} {zone}", partial(_arrow, unit=unit, zone=zone, version="2.6"))
        for unit in ("ms", "us", "ns")
        for zone in (None, "UTC", "Europe/London")
    ),
    Variant("pyarrow INT96", partial(_arrow, unit="ns", use_deprecated_int96_timestamps=True)),
    Variant("pyarrow for Spark", partial(_arrow, unit="ns", flavor="spark")),
    *(
        Variant(f"pyarrow {name}", partial(_arrow, text=text))
        for name, text in (
            ("large strings", pyarrow.large_string()),
            ("string views", pyarrow.string_view()),
            ("dictionary type", "dictionary"),
        )
    ),
    *(
        Variant(f"pyarrow row groups of {size}", partial(_arrow, row_group_size=size))
        for size in (1, 7, 1000)
    ),
    *(Variant(f"pyarrow format {version}", partial(_arrow, version=version)) for version in ("1.0", "2.4")),
    Variant("pyarrow without schema", partial(_arrow, store_schema=False)),
    Variant("pyarrow without statistics", partial(_arrow, write_statistics=False)),
    Variant("pyarrow page index", partial(_arrow, write_page_index=True, data_page_size=64)),
    Variant("pyarrow checksums", partial(_arrow, write_page_checksum=True)),
]


# pandas and fastparquet ---------------------------------------------------------------------------------


def _pandas(source, target, unit="us", zone=None, text=None, index=False, is_nullable=True, **options):
    backend = {"dtype_backend": "numpy_nullable"} if is_nullable else {}
    frame = pandas.read_parquet(source, engine="pyarrow", partitioning=None, **backend)
    for name in frame.columns:
        if pandas.api.types.is_datetime64_any_dtype(frame[name]):
            column = frame[name].astype(f"datetime64[{unit}]")
            column = column + pandas.Timedelta(999, "ns") if unit == "ns" else column
            frame[name] = column.dt.tz_localize(zone) if zone else column
        elif text and pandas.api.types.is_string_dtype(frame[name]):
            frame[name] = frame[name].astype(text)
    frame.to_parquet(target, index=index, **options)


PANDAS = [
    *(
        Variant(f"pandas {unit} {zone}", partial(_pandas, unit=unit, zone=zone, engine="pyarrow"))
        for unit in ("ms", "us", "ns")
        for zone in (None, "UTC")
    ),
    Variant("pandas with its index", partial(_pandas, index=True, engine="pyarrow")),
    Variant("pandas categories", partial(_pandas, text="category", engine="pyarrow")),
    Variant("pandas objects", partial(_pandas, text="object", engine="pyarrow")),
]
FASTPARQUET = [
    Variant(
        f"fastparquet {codec} {times}",
        partial(_pandas, unit="ns", engine="fastparquet", compression=codec, times=times),
        has_dates=False,
    )
    for codec in (None, "SNAPPY", "GZIP", "ZSTD")
    for times in ("int64", "int96")
]


# polars -------------------------------------------------------------------------------------------------


def _polars(source, target, unit="us", zone=None, **options):
    frame = polars.read_parquet(source, hive_partitioning=False)
    instants = polars.selectors.datetime()
    frame = frame.with_columns(instants.dt.cast_time_unit(unit))
    if unit == "ns":
        frame = frame.with_columns(instants + polars.duration(nanoseconds=999, time_unit="ns"))
    if zone:
        frame = frame.with_columns(instants.dt.replace_time_zone(zone))
    frame.write_parquet(target, **options)


POLARS = [
    *(
        Variant(f"polars {codec}", partial(_polars, compression=codec))
        for codec in ("uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4")
    ),
    *(
        Variant(f"polars {unit} {zone}", partial(_polars, unit=unit, zone=zone))
        for unit in ("ms", "us", "ns")
        for zone in (None, "UTC")
    ),
    Variant("polars row groups of 5", partial(_polars, row_group_size=5)),
    Variant("polars small pages", partial(_polars, data_page_size=64)),
    Variant("polars without statistics", partial(_polars, statistics=False)),
]


# DuckDB -------------------------------------------------------------------------------------------------


def _duckdb(source, target, options, as_type="timestamp"):
    with duckdb.connect() as connection:
        described = connection.execute(f"describe from read_parquet('{source}', {_NO_HIVE})").fetchall()
        columns = ", ".join(
            f"cast({name} as {as_type}) as {name}" if kind == "TIMESTAMP" else name
            for name, kind, *_ in described
        )
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"copy (select {columns} from read_parquet('{source}', {_NO_HIVE}))"
            f" to '{target}' (format parquet{options})"
        )


_NO_HIVE = "hive_partitioning = false"
DUCKDB = [
    *(
        Variant(
            f"duckdb {codec} {version}",
            partial(_duckdb, options=f", compression {codec}, parquet_version {version}"),
        )
        for codec in ("uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw")
        for version in ("v1", "v2")
    ),
    Variant("duckdb row groups", partial(_duckdb, options=", row_group_size 2048")),
    Variant("duckdb without dictionary", partial(_duckdb, options=", dictionary_size_limit 0")),
    Variant("duckdb with zone", partial(_duckdb, options="", as_type="timestamptz")),
    Variant("duckdb nanoseconds", partial(_duckdb, options="", as_type="timestamp_ns")),
    Variant("duckdb milliseconds", partial(_duckdb, options="", as_type="timestamp_ms")),
]

PARQUET = [*ARROW, *PANDAS, *FASTPARQUET, *POLARS, *DUCKDB]


# CSV ----------------------------------------------------------------------------------------------------


def _csv(source, target, quoting=csv.QUOTE_MINIMAL, end="\n", mark=b""):
    with source.open(encoding="utf-8-sig", newline="") as stream:
        records = list(csv.reader(stream))
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(records)
    target.write_bytes(mark + text.getvalue().encode())


def _pandas_csv(source, target, **options):
    frame = pandas.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    frame.to_csv(target, index=False, **options)


def _polars_csv(source, target, **options):
    frame = polars.read_csv(source, infer_schema=False)
    frame.write_csv(target, **options)


def _duckdb_csv(source, target, options=""):
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (from read_csv('{source}', all_varchar = true, header = true, delim = ',', quote = '\"',"
            f" escape = '\"', {_NO_HIVE})) to '{target}' (format csv, header{options})"
        )


CSV = [
    Variant("csv", _csv),
    Variant("csv CRLF", partial(_csv, end="\r\n")),
    Variant("csv CR", partial(_csv, end="\r")),
    Variant("csv all quoted", partial(_csv, quoting=csv.QUOTE_ALL)),
    Variant(
        "csv all quoted CRLF mark", partial(_csv, quoting=csv.QUOTE_ALL, end="\r\n", mark=codecs.BOM_UTF8)
    ),
    Variant("csv mark", partial(_csv, mark=codecs.BOM_UTF8)),
    Variant("pandas", _pandas_csv),
    Variant("pandas CRLF", partial(_pandas_csv, lineterminator="\r\n")),
    Variant("pandas all quoted", partial(_pandas_csv, quoting=csv.QUOTE_ALL)),
    Variant("pandas mark", partial(_pandas_csv, encoding="utf-8-sig")),
    Variant("polars", _polars_csv),
    Variant("polars all quoted", partial(_polars_csv, quote_style="always")),
    Variant("polars CRLF mark", partial(_polars_csv, line_terminator="\r\n", include_bom=True)),
    Variant("duckdb", _duckdb_csv),
    Variant("duckdb all quoted", partial(_duckdb_csv, options=", force_quote *")),
]
VARIANTS = {"parquet": PARQUET, "csv": CSV}
