"""Rows of a landing zone that a test works out by hand, and the second implementation on them."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from adversarial import write_rows  # noqa: E402
from reference import Result, compute  # noqa: E402
from reference.contract import FEEDS  # noqa: E402

SEEDS = REPOSITORY / "seeds"
START = datetime(2026, 2, 1)
END = datetime(2026, 3, 1)
LANDED = date(2026, 3, 4)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MPAN, EXPORT, MPRN = "1000000000001", "7000000000001", "900001"
H, E, G, F, D = (f"00-DB-12-34-00-00-00-{n:02X}" for n in range(1, 6))

Row = dict[str, Any]


def party(name: str, role: str, **given: Any) -> Row:
    """A party of the register."""
    return {"published_on": date(2026, 1, 1), "party_id": name, "role": role, **given}


def registration(mpxn: str, role: str, supplier: str, start: date = date(2025, 1, 1), **given: Any) -> Row:
    """A registration period."""
    return {
        "extract_at": datetime(2026, 1, 1),
        "mpxn": mpxn,
        "role": role,
        "supplier_party_id": supplier,
        "effective_from": start,
        **given,
    }


def device(name: str, kind: str, at: datetime = datetime(2025, 6, 1), **given: Any) -> Row:
    """A state of a Device, on hub H unless given."""
    return {
        "device_id": name,
        "extract_at": at,
        "effective_at": at,
        "operation": "upsert",
        "device_type": kind,
        "device_status": "Commissioned",
        "smets_version": "SMETS2",
        "chf_device_id": H,
        **given,
    }


def request(number: int, srv: str, at: datetime, **given: Any) -> Row:
    """A successful request of A, answered at once."""
    return {
        "transaction_id": f"T{number:03d}",
        "recorded_at": at,
        "srv": srv,
        "command_variant": 1,
        "mode_of_operation": 2,
        "originator_party_id": "A",
        "originator_role": "IS",
        "report_status_id": 2,
        "response_code": "I0",
        "started_at": at,
        "ended_at": at,
        **given,
    }


def alert(number: int, code: str, at: datetime, **given: Any) -> Row:
    """An alert to A that is not delivered."""
    return {
        "alert_id": f"A{number}",
        "recorded_at": at,
        "alert_code": code,
        "destination_party_id": "A",
        "destination_role": "IS",
        "report_status_id": 7,
        "raised_at": at,
        "suppressed": False,
        **given,
    }


def full(feed: str, rows: list[Row]) -> list[Row]:
    """Rows with every column of their feed."""
    return [{c.name: row.get(c.name) for c in FEEDS[feed].columns} for row in rows]


HOME = [
    device(H, "CHF", chf_device_id=None),
    device(E, "ESME", mpxn=MPAN, export_mpan=EXPORT),
    device(G, "GSME", mpxn=MPRN),
    device(F, "GPF"),
    device(D, "PPMID"),
]
REGISTER = [party("A", "IS"), party("B", "GS"), party("C", "ES"), party("N", "ED"), party("O", "OU")]
SUPPLY = [
    registration(MPAN, "IS", "A", network_operator_party_id="N"),
    registration(EXPORT, "ES", "C"),
    registration(MPRN, "GS", "B"),
]


def lines(result: Result, path: str) -> list[dict[str, str]]:
    """The rows of a file by column."""
    header, *rows = result.files[path]
    return [dict(zip(header, row, strict=True)) for row in rows]


def sent(srv: str, name: str, good: int, bad: int = 0, role: str = "IS", **given: Any) -> list[Row]:
    """A party's requests of an SRV, one second each, all on one day."""
    common = {"originator_party_id": name, "originator_role": role, "ended_at": START + SECOND, **given}
    rows = [request(0, srv, START, **common) for _ in range(good)]
    return rows + [request(0, srv, START, **{"response_code": "E1", **common}) for _ in range(bad)]


def numbered(*several: list[Row]) -> list[Row]:
    """The rows of several lists, each a transaction of its own."""
    rows = [row for some in several for row in some]
    return [{**row, "transaction_id": f"T{number}"} for number, row in enumerate(rows)]


def cells(result: Any, path: str, *columns: str, **wanted: str) -> list[list[str]]:
    """Some columns of the rows of a file that have the wanted values."""
    rows = lines(result, path)
    return [[r[c] for c in columns] for r in rows if all(r[c] == value for c, value in wanted.items())]


def work_out(
    folder: Path,
    month: str = "2026-02",
    history: dict[str, list[list[str]]] | None = None,
    **feeds: list[Row],
) -> Result:
    """Land rows below a folder, and work out a month of them. Some feeds have rows unless given."""
    landing = folder / f"landing-{len(list(folder.iterdir()))}"
    feeds = {"parties": REGISTER, "registrations": SUPPLY, "device_inventory": HOME, **feeds}
    for feed, rows in feeds.items():
        write_rows(landing, feed, rows, LANDED)
    return compute(landing, month, None, SEEDS, history)
