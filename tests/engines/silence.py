"""Spark prints no value of a row where one is refused: what went wrong, `car` tells."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_VALUE: Final = "no-number-of-a-row"
_ERRORS: Final = 2
_REFUSED: Final = (
    f"select cast(srv as int) as found from (values ('{_VALUE}')) as tried(srv)",
    f"select raise_error(srv) as found from (values ('{_VALUE}')) as tried(srv)",
)


def silence(session: Any, _: "Manifest") -> list[str]:
    """Let values be refused, and name what was not refused and what was printed of them."""
    told = []
    with _errors_in_a_file() as said:
        for sql in _REFUSED:
            try:
                session.sql(sql).collect()
            except Exception as refused:
                told.append(str(refused))
    faults = [] if sum(_VALUE in each for each in told) == len(_REFUSED) else ["a value was not refused"]
    return [*faults, *(["a value that is refused is printed"] if _VALUE in said[0] else [])]


@contextmanager
def _errors_in_a_file() -> Iterator[list[str]]:
    """Give what is printed as an error, of this process and all that it has started, once that is done."""
    sys.stderr.flush()
    usual, said = os.dup(_ERRORS), [""]
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), _ERRORS)
        try:
            yield said
        finally:
            sys.stderr.flush()
            os.dup2(usual, _ERRORS)
            os.close(usual)
            file.seek(0)
            said[0] = file.read().decode("utf-8", errors="replace")
