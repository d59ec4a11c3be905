"""Spark prints no value of a row where one is refused: what went wrong, `car` tells."""

import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_VALUE: Final = "no-number-of-a-row"
_ERRORS: Final = 2


def silence(session: Any, _: "Manifest") -> list[str]:
    """Let a value be refused, and name what was printed of it."""
    sys.stderr.flush()
    usual = os.dup(_ERRORS)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), _ERRORS)
        try:
            session.sql(f"select cast(srv as int) from (select '{_VALUE}' as srv)").collect()
        except Exception as refused:
            faults = [] if _VALUE in str(refused) else [f"a value was refused for another reason: {refused}"]
        else:
            faults = ["a text that is no number was taken for one"]
        finally:
            sys.stderr.flush()
            os.dup2(usual, _ERRORS)
            os.close(usual)
        said.seek(0)
        printed = said.read().decode("utf-8", errors="replace")
    return [*faults, *(["a value that is refused is printed"] if _VALUE in printed else [])]
