"""What was delivered where: a receipt per recipient and version, `deliveries/<month>/v<N>/<recipient>.json`.

A receipt is begun before anything is written at a place: the last one of a place says what may be there.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from car.jsonfile import read_json, write_json

FOLDER = "deliveries"


@dataclass(frozen=True)
class Receipt:
    """What one place of a recipient got of a version.

    Attributes:
        to: the place, as it may be shown.
        manifests: SHA-256 of each manifest.json that went there, by its folder below that of the month.
        begun_at: in UTC, as `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
        delivered_at: likewise; None: it was not ended.
        files, bytes: of the version, there when it was ended.
        sent: so many of the files were written for it.
    """

    recipient: str
    month: str
    version: int
    to: str
    manifests: dict[str, str]
    begun_at: str
    delivered_at: str | None = None
    files: int = 0
    bytes: int = 0
    sent: int = 0


def now() -> str:
    """Give the instant, as receipts have it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def write_receipt(out: Path, receipt: Receipt) -> None:
    """Write a receipt beside those of the recipient's other places.

    Parameters:
        out: the output folder.
    """
    path = out / FOLDER / receipt.month / f"v{receipt.version}" / f"{receipt.recipient}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    of_others = [other for other in _of_file(path) if other.to != receipt.to]
    places = sorted([*of_others, receipt], key=lambda one: one.to)
    write_json(path, {"places": [asdict(place) for place in places]})


def last_receipts(out: Path, month: str) -> dict[tuple[str, str], Receipt]:
    """Give the last receipt of each recipient and place of a month; those that cannot be read are none.

    Parameters:
        out: the output folder.
        month: `YYYY-MM`.
    """
    found: dict[tuple[str, str], Receipt] = {}
    for path in sorted((out / FOLDER / month).glob("v*/*.json")):
        for receipt in _of_file(path):
            key = (receipt.recipient, receipt.to)
            if key not in found or found[key].begun_at < receipt.begun_at:
                found[key] = receipt
    return found


def _of_file(path: Path) -> Iterator[Receipt]:
    places: list[Any] = (read_json(path) or {}).get("places", [])
    for place in places:
        try:
            yield Receipt(**place)
        except TypeError:  # of another release of this command
            continue
