"""Parquet files of any physical and logical type, written byte by byte: no engine writes all that is read.

A file has one row group, a page per column, no compression and no dictionary (the format's own documents call
the encodings PLAIN and RLE).
"""

import struct
from dataclasses import dataclass
from enum import IntEnum


class Physical(IntEnum):
    """How a value is stored."""

    BOOLEAN = 0
    INT32 = 1
    INT64 = 2
    INT96 = 3
    FLOAT = 4
    DOUBLE = 5
    BYTE_ARRAY = 6
    FIXED = 7


@dataclass(frozen=True)
class Kind:
    """A type that a column of a Parquet file can have."""

    name: str
    physical: Physical
    logical: tuple = ()
    """The field of the union LogicalType, as `_struct` takes it."""
    converted: int | None = None
    """The older ConvertedType."""
    length: int | None = None
    """Bytes of a value of fixed length."""
    scale: int | None = None
    precision: int | None = None


@dataclass(frozen=True)
class Written:
    """A column of a file: its kind and values, None for null."""

    kind: Kind
    values: tuple
    is_required: bool = False


def parquet_file(columns, is_encrypted=False):
    """The bytes of a Parquet file; `columns`: {name: Written}, all of one length.

    With `is_encrypted` the footer says that the columns are: they cannot be read, the footer can.
    """
    (rows,) = {len(column.values) for column in columns.values()}
    content = b"PAR1"
    chunks, schema = [], [_struct((4, "text", "schema"), (5, "i32", len(columns)))]
    for name, column in columns.items():
        page = _levels(column) + _plain(column)
        data_page = _struct((1, "i32", rows), (2, "i32", 0), (3, "i32", 3), (4, "i32", 3))
        header = _struct(
            (1, "i32", 0), (2, "i32", len(page)), (3, "i32", len(page)), (5, "struct", data_page)
        )
        size = len(header) + len(page)
        meta = _struct(
            (1, "i32", column.kind.physical),
            (2, "list", ("i32", [0, 3])),
            (3, "list", ("text", [name])),
            (4, "i32", 0),
            (5, "i64", rows),
            (6, "i64", size),
            (7, "i64", size),
            (9, "i64", len(content)),
        )
        crypto = [(8, "struct", _struct((1, "struct", _struct())))] if is_encrypted else []
        chunks.append(_struct((2, "i64", len(content)), (3, "struct", meta), *crypto))
        content += header + page
        schema.append(_element(name, column))
    group = _struct((1, "list", ("struct", chunks)), (2, "i64", len(content) - 4), (3, "i64", rows))
    footer = _struct(
        (1, "i32", 2),
        (2, "list", ("struct", schema)),
        (3, "i64", rows),
        (4, "list", ("struct", [group] if rows else [])),
        (6, "text", "a test"),
        *([(8, "struct", _struct((1, "struct", _struct((2, "text", "prefix")))))] if is_encrypted else []),
    )
    footer += bytes(28) if is_encrypted else b""  # a signature
    return content + footer + struct.pack("<I", len(footer)) + b"PAR1"


def _element(name, column):
    kind = column.kind
    fields = [(1, "i32", kind.physical)]
    if kind.length is not None:
        fields.append((2, "i32", kind.length))
    fields += [(3, "i32", 0 if column.is_required else 1), (4, "text", name)]
    if kind.converted is not None:
        fields.append((6, "i32", kind.converted))
    if kind.scale is not None:
        fields += [(7, "i32", kind.scale), (8, "i32", kind.precision)]
    if kind.logical:
        fields.append((10, "struct", _struct(kind.logical)))
    return _struct(*fields)


def _levels(column):
    if column.is_required:
        return b""
    groups = (len(column.values) + 7) // 8
    bits = sum(1 << place for place, value in enumerate(column.values) if value is not None)
    run = _varint(groups << 1 | 1) + bits.to_bytes(groups, "little")
    return struct.pack("<I", len(run)) + run


def _plain(column):
    values = [value for value in column.values if value is not None]
    kind = column.kind.physical
    if kind is Physical.BOOLEAN:
        bits = sum(1 << place for place, value in enumerate(values) if value)
        return bits.to_bytes((len(values) + 7) // 8, "little")
    if kind is Physical.BYTE_ARRAY:
        return b"".join(struct.pack("<I", len(value)) + value for value in values)
    if kind in (Physical.FIXED, Physical.INT96):
        return b"".join(values)
    if kind in (Physical.FLOAT, Physical.DOUBLE):
        return struct.pack(f"<{len(values)}{'f' if kind is Physical.FLOAT else 'd'}", *values)
    size = 4 if kind is Physical.INT32 else 8
    # A number without a sign is stored as the one with the same bits.
    return b"".join((value % (1 << 8 * size)).to_bytes(size, "little") for value in values)


# The compact protocol of Thrift -------------------------------------------------------------------------

_TYPES = {"i8": 3, "i32": 5, "i64": 6, "text": 8, "list": 9, "struct": 12}


def _struct(*fields):
    """A struct of (number, type, value); a bool is a type of its own."""
    content, last = b"", 0
    for number, kind, value in fields:
        code = (1 if value else 2) if kind == "bool" else _TYPES[kind]
        content += bytes([(number - last) << 4 | code])
        content += b"" if kind == "bool" else _value(kind, value)
        last = number
    return content + b"\0"


def _value(kind, value):
    if kind == "struct":
        return value
    if kind == "text":
        return _varint(len(value.encode())) + value.encode()
    if kind == "i8":
        return struct.pack("b", value)
    if kind == "list":
        of, items = value
        size = bytes([len(items) << 4 | _TYPES[of]]) if len(items) < 15 else bytes([0xF0 | _TYPES[of]])
        size += _varint(len(items)) if len(items) >= 15 else b""
        return size + b"".join(_value(of, item) for item in items)
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _varint(number):
    content = b""
    while number > 0x7F:
        content += bytes([number & 0x7F | 0x80])
        number >>= 7
    return content + bytes([number])


# The kinds ----------------------------------------------------------------------------------------------

_EMPTY = _struct()
MILLIS, MICROS, NANOS = 1, 2, 3
_UNITS = {"millis": MILLIS, "micros": MICROS, "nanos": NANOS}


def _logical(number, content=_EMPTY):
    return (number, "struct", content)


def _moment(number, is_utc, unit):
    """TIME (7) or TIMESTAMP (8)."""
    return _logical(number, _struct((1, "bool", is_utc), (2, "struct", _struct(_logical(unit)))))


def _whole(bits, is_signed):
    return _logical(10, _struct((1, "i8", bits), (2, "bool", is_signed)))


def _decimal(name, physical, precision, scale, length=None):
    logical = _logical(5, _struct((1, "i32", scale), (2, "i32", precision)))
    return Kind(name, physical, logical, 5, length, scale, precision)


def _both_ways(name, physical, logical, converted):
    """A kind as writers of today say it, by both words, and as older ones do, by one."""
    return [Kind(name, physical, logical, converted), Kind(f"old {name}", physical, (), converted)]


INT96 = Kind("int96", Physical.INT96)
TIMESTAMPS = {
    **{
        Kind(f"{name}{' UTC' * is_utc}", Physical.INT64, _moment(8, is_utc, unit)): unit
        for name, unit in _UNITS.items()
        for is_utc in (False, True)
    },
    Kind("old millis", Physical.INT64, (), 9): MILLIS,
    Kind("old micros", Physical.INT64, (), 10): MICROS,
    INT96: NANOS,
}
"""Every kind of a timestamp, with its unit."""

INTEGERS = {
    Kind("int32", Physical.INT32): (-(2**31), 2**31 - 1),
    Kind("int64", Physical.INT64): (-(2**63), 2**63 - 1),
    **{
        kind: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if is_signed else (0, 2**bits - 1)
        for place, bits in enumerate((8, 16, 32, 64))
        for is_signed in (True, False)
        for kind in _both_ways(
            f"{'' if is_signed else 'u'}int of {bits} bits",
            Physical.INT64 if bits == 64 else Physical.INT32,
            _whole(bits, is_signed),
            (15 if is_signed else 11) + place,
        )
    },
}
"""Every kind of a whole number, with its least and greatest value."""

TEXTS = [
    *_both_ways("string", Physical.BYTE_ARRAY, _logical(1), 0),
    *_both_ways("enum", Physical.BYTE_ARRAY, _logical(4), 4),
    *_both_ways("json", Physical.BYTE_ARRAY, _logical(12), 19),
]
JSONS = TEXTS[-2:]
"""Kinds of text that DuckDB reads where it is JSON."""
DATES = _both_ways("date", Physical.INT32, _logical(6), 6)
BOOLEANS = [Kind("boolean", Physical.BOOLEAN)]
NULLS = [
    Kind(f"null as {physical.name}", physical, _logical(11))
    for physical in (Physical.INT32, Physical.BYTE_ARRAY)
]
"""Kinds of a column that holds nulls alone."""

OTHERS = [
    Kind("bytes", Physical.BYTE_ARRAY),
    # DuckDB goes by the older word, which is missing here.
    Kind("string by the new word alone", Physical.BYTE_ARRAY, _logical(1)),
    *_both_ways("bson", Physical.BYTE_ARRAY, _logical(13), 20),
    Kind("fixed bytes", Physical.FIXED, length=4),
    Kind("uuid", Physical.FIXED, _logical(14), length=16),
    Kind("float16", Physical.FIXED, _logical(15), length=2),
    Kind("interval", Physical.FIXED, (), 21, length=12),
    Kind("float", Physical.FLOAT),
    Kind("double", Physical.DOUBLE),
    _decimal("decimal of 9 digits", Physical.INT32, 9, 0),
    _decimal("decimal of 18 digits", Physical.INT64, 18, 3),
    _decimal("decimal in bytes", Physical.BYTE_ARRAY, 30, 3),
    _decimal("decimal in fixed bytes", Physical.FIXED, 38, 0, length=16),
    *(
        Kind(
            f"time in {name}{' UTC' * is_utc}",
            Physical.INT32 if unit == MILLIS else Physical.INT64,
            _moment(7, is_utc, unit),
        )
        for name, unit in _UNITS.items()
        for is_utc in (False, True)
    ),
    Kind("old time in millis", Physical.INT32, (), 7),
    Kind("old time in micros", Physical.INT64, (), 8),
]
"""Kinds that no contract column has."""

SPARE = {
    Physical.BOOLEAN: True,
    Physical.INT32: 1,
    Physical.INT64: 1,
    Physical.INT96: bytes(12),
    Physical.FLOAT: 1.0,
    Physical.DOUBLE: 1.0,
    Physical.BYTE_ARRAY: b"1",
}
"""A value of each physical type; of fixed bytes zeros serve."""


def int96(nanoseconds):
    """The nanoseconds since 1970 as an INT96: those of the day, and the Julian day."""
    day, rest = divmod(nanoseconds, 86_400 * 10**9)
    return struct.pack("<qi", rest, day + 2_440_588)
