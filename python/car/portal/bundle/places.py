"""Where bundles lie, and whether one fits the release that it was made of.

<out>/portal/<YYYY-MM>/v<N>/<party_id>.duckdb    of each party
<out>/portal/<YYYY-MM>/v<N>/_industry.duckdb     of the industry's report
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from car.release.hashes import MANIFEST
from car.release.places import INDUSTRY, place_of

PORTAL = "portal"
BUNDLE = ".duckdb"
# No party_id begins so.
_INDUSTRY_NAME = "_industry"
FORMAT = 2
"""Number of the layout of a bundle: one of another number is made anew."""


@dataclass(frozen=True)
class BundlePlace:
    """A recipient's folder of a release, and its bundle.

    Attributes:
        month: `YYYY-MM`.
        recipient: a party, or `INDUSTRY`.
        folder: with its CSVs.
        path: of the bundle.
    """

    month: str
    version: int
    recipient: str
    folder: Path
    path: Path

    @property
    def manifest(self) -> Path:
        """The manifest that the bundle names by its hash."""
        return self.folder / MANIFEST


def bundle_place(out: Path, month: str, version: int, recipient: str) -> BundlePlace:
    """Give where the bundle of a recipient lies."""
    release = out / "releases" / month / f"v{version}"
    name = _INDUSTRY_NAME if recipient == INDUSTRY else recipient
    path = out / PORTAL / month / f"v{version}" / f"{name}{BUNDLE}"
    return BundlePlace(month, version, recipient, release / place_of(recipient), path)


def bundles_of(out: Path) -> Iterator[tuple[tuple[str, int], Path]]:
    """Give the folder of bundles of each release that has one, by month and version."""
    for folder in sorted((out / PORTAL).glob("[0-9]*-[0-9]*/v[1-9]*")):
        if folder.is_dir() and folder.name[1:].isdecimal():
            yield (folder.parent.name, int(folder.name[1:])), folder


def sha256_of(path: Path) -> str:
    """Hash a small file; raises OSError where it cannot be read."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
