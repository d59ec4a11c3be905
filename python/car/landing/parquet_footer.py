"""Whether the footer of a Parquet file says that something in the file is encrypted.

A footer can be plain text while columns are encrypted. DuckDB then fails in several ways, and most of them do
not say so. The footer is read here instead. It is in the compact protocol of Thrift, whose fields are skipped
but for their numbers.
"""

from __future__ import annotations

import io
import os
from typing import BinaryIO

# The field of FileMetaData that a file with encrypted columns has: encryption_algorithm.
_ENCRYPTION = 8
# Behind the fields such a footer is signed: a nonce and a tag.
_SIGNATURE_BYTES = 28
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS = (4, 5, 6)
_TAIL_BYTES = 8


def says_encrypted(stream: BinaryIO) -> bool:
    """Tell whether a footer names an algorithm of encryption.

    Parameters:
        stream: a whole Parquet file with a plain footer, at any place.

    Returns:
        False too where the footer cannot be understood.
    """
    stream.seek(-_TAIL_BYTES, os.SEEK_END)
    length = int.from_bytes(stream.read(4), "little")
    try:
        stream.seek(-_TAIL_BYTES - length, os.SEEK_END)
        footer = io.BytesIO(stream.read(length))
        return _ENCRYPTION in _fields(footer) and len(footer.read()) == _SIGNATURE_BYTES
    except (OSError, ValueError, IndexError, RecursionError):
        return False


def _fields(footer: io.BytesIO) -> set[int]:
    """Skip a struct and give the numbers of its fields."""
    numbers, last = set(), 0
    while header := _byte(footer):
        step, kind = header >> 4, header & 15
        last = last + step if step else _zigzag(footer)
        numbers.add(last)
        _skip(footer, kind)
    return numbers


def _skip(footer: io.BytesIO, kind: int) -> None:
    if kind in _INTEGERS:
        _number(footer)
    elif kind == _BINARY:
        footer.seek(_number(footer), os.SEEK_CUR)
    elif kind == _STRUCT:
        _fields(footer)
    elif kind in (_LIST, _SET):
        header = _byte(footer)
        for _ in range(_count(footer, header >> 4 if header >> 4 < 15 else _number(footer))):
            _skip_member(footer, header & 15)
    elif kind == _MAP:
        count = _count(footer, _number(footer))
        kinds = _byte(footer) if count else 0
        for _ in range(count):
            _skip_member(footer, kinds >> 4)
            _skip_member(footer, kinds & 15)
    elif kind in (_BYTE, _DOUBLE):
        footer.seek(1 if kind == _BYTE else 8, os.SEEK_CUR)
    elif kind not in (_TRUE, _FALSE):
        raise ValueError(f"type {kind}")


def _skip_member(footer: io.BytesIO, kind: int) -> None:
    """Skip a member of a list or map, where a truth value takes a byte."""
    _skip(footer, _BYTE if kind in (_TRUE, _FALSE) else kind)


def _count(footer: io.BytesIO, count: int) -> int:
    """Give a number of members, of which a whole footer has no more than bytes."""
    if count > footer.getbuffer().nbytes:
        raise ValueError(f"{count} members")
    return count


def _byte(footer: io.BytesIO) -> int:
    return footer.read(1)[0]


def _number(footer: io.BytesIO) -> int:
    value = shift = 0
    while True:
        part = _byte(footer)
        value |= (part & 127) << shift
        shift += 7
        if part < 128:
            return value


def _zigzag(footer: io.BytesIO) -> int:
    value = _number(footer)
    return (value >> 1) ^ -(value & 1)
