"""The tree of releases: the versions of a month, and `current`, which leads to the one in force.

What commands that died and copies have left is taken up here, before anything is published.
"""

import os
import re
import secrets
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from car.errors import CarError
from car.jsonfile import flush_folder, read_json, write_json
from car.release import log
from car.release.described import Files, csvs_among, listed_files, reports_among
from car.release.hashes import check_version
from car.release.places import folders_in

AWAITS_APPROVAL = "awaits_approval"
"""The outcome of a run whose version is written, and not in force before somebody approves it."""

TAKEN_AWAY = "taken_away.json"
"""Which versions of a month were taken away, and when."""

_STAGING = ".staging-"
# What a link may say that was made a text file: `v<N>`, and no path of some length.
_LINK_BYTES = 64


@dataclass(frozen=True)
class Current:
    """What `current` of a month is.

    Attributes:
        kind: `link`, `folder`, `file` or `missing`.
        version: the version that it stands for; None where nobody can tell by it.
        problem: why it is not the link that it should be, to be read after its name; empty where it is.
    """

    kind: str
    version: int | None
    problem: str = ""


class Month:
    """The releases of one reporting month.

    Parameters:
        out: the output folder.
        month: `YYYY-MM`.
    """

    def __init__(self, out: Path, month: str) -> None:
        self.path = out / "releases" / month
        self.name = month

    def versions(self) -> list[int]:
        """Give the versions that are complete, oldest first."""
        if not self.path.is_dir():
            return []
        found = (re.fullmatch(r"v([1-9]\d*)", entry.name) for entry in self.path.iterdir() if entry.is_dir())
        return sorted(int(match[1]) for match in found if match)

    def in_force(self) -> int | None:
        """Give the version that `current` leads to, or None."""
        current = self.current()
        return None if current.problem else current.version

    def current(self) -> "Current":
        """Look at what `current` is, which a copy may have made something else than a link."""
        link = self.path / "current"
        if not os.path.lexists(link):
            return Current("missing", None, "is missing")
        if link.is_symlink():
            said = os.readlink(link)
            if version := self._named(said):
                return Current("link", version)
            target = link.resolve()
            if target.parent == self.path.resolve() and (version := self._named(target.name)):
                return Current("link", version, f"says `{said}` in place of `v{version}`")
            return Current("link", None, f"leads to no version, but to `{said}`")
        if link.is_dir():
            version = (read_json(link / "run.json") or {}).get("version")
            version = version if version in self.versions() else None
            return Current("folder", version, "is a folder, as a copy makes of a link that it follows")
        try:
            with link.open("rb") as handle:
                said = handle.read(_LINK_BYTES).decode("ascii", "replace").strip()
        except OSError as error:
            return Current("file", None, f"cannot be read: {error.strerror}")
        return Current("file", self._named(said), "is a file, as a copy makes that knows no links")

    def _named(self, text: str) -> int | None:
        """Give the version that a link's text names, where it is there."""
        match = re.fullmatch(r"v([1-9]\d*)", text)
        return int(match[1]) if match and int(match[1]) in self.versions() else None

    def held(self) -> log.Switch | None:
        """Give the switch that keeps later versions from being put in force; None where none does.

        Raises:
            CarError: the log of the month cannot be read.
        """
        switches = log.read_log(self.path)
        return switches[-1] if switches and switches[-1].holds and self.in_force() is not None else None

    def awaiting(self) -> int | None:
        """Give the newest version, where it was written to be approved and nobody has; None otherwise."""
        newest = max(self.versions(), default=0)
        if newest <= (self.in_force() or 0):
            return None
        run = read_json(self.version_path(newest) / "run.json") or {}
        return newest if run.get("outcome") == AWAITS_APPROVAL else None

    def never_in_force(self) -> bool:
        """Tell whether there are versions of which none was ever in force: then nothing is missing."""
        return self.current().kind == "missing" and not log.has_log(self.path) and self.awaiting() is not None

    def taken_away(self) -> set[int]:
        """Give the versions that were taken away on purpose."""
        return {int(version) for version in read_json(self.path / TAKEN_AWAY) or {}}

    def take_away(self, version: int, instant: datetime) -> None:
        """Take a version away: it is noted, and gone in one step, so that none is ever there in part.

        Parameters:
            instant: when, in UTC.
        """
        noted = read_json(self.path / TAKEN_AWAY) or {}
        write_json(self.path / TAKEN_AWAY, {**noted, str(version): f"{instant:%Y-%m-%dT%H:%M:%SZ}"})
        # What is left of it when this is interrupted, the next command that publishes removes.
        aside = self.path / f"{_STAGING}{self.version_path(version).name}"
        os.rename(self.version_path(version), aside)
        flush_folder(self.path)
        shutil.rmtree(aside)

    def switch(self, switch: log.Switch) -> None:
        """Put another version in force for all parties in one step, and write it down."""
        log.begin(self.path, switch)
        self.put_in_force(switch.to_version, secrets.token_hex(4))
        log.append(self.path, switch)
        log.end(self.path)

    def finish_switch(self) -> log.Switch | None:
        """End the switch that a command had begun when it died, and give it; None where there is none."""
        switch = log.begun(self.path)
        if switch is not None and switch.to_version in self.versions():
            if self.current().problem or self.in_force() != switch.to_version:
                self.put_in_force(switch.to_version, secrets.token_hex(4))
            if log.read_log(self.path)[-1:] != [switch]:
                log.append(self.path, switch)
        log.end(self.path)
        return switch

    def mend(self, threads: int) -> list[str]:
        """Make `current` a link again where a copy has made it something else, and begin a log that lacks.

        Parameters:
            threads: files read at a time, where a folder is held against the version that it is a copy of.

        Returns:
            What was done, a sentence each.

        Raises:
            CarError: `current` is something of which nobody can tell what it was; says what to do.
        """
        current, done = self.current(), []
        if current.problem:
            version = current.version or self._last_in_force()
            if current.kind in ("folder", "file") and not self._is_replaceable(current, version, threads):
                raise CarError(
                    f"`current` of {self.name} {current.problem}, and it does not hold what was published as"
                    f" any version. Move {self.path / 'current'} away, and name the version that is to be in"
                    " force with car rollback --to."
                )
            if version is not None:
                aside = self.path / f".current-{secrets.token_hex(4)}"
                if current.kind == "folder":
                    os.rename(self.path / "current", aside)
                self.put_in_force(version, secrets.token_hex(4))
                if current.kind == "folder":
                    shutil.rmtree(aside)
                done.append(
                    f"`current` of {self.name} {current.problem}: it is a link to version {version} again."
                )
        in_force = self.in_force()
        if in_force is not None and not log.has_log(self.path):
            why = "the log begins here: of what was in force before nothing is known"
            log.append(self.path, log.switch_now(None, in_force, log.user_name(), why))
            done.append(f"{self.path / log.LOG} was not there: it begins with version {in_force} in force.")
        return done

    def _last_in_force(self) -> int | None:
        """Give the version that was put in force last, where it is there."""
        switches = log.read_log(self.path)
        return self._named(f"v{switches[-1].to_version}") if switches else None

    def _is_replaceable(self, current: "Current", version: int | None, threads: int) -> bool:
        """Tell whether nothing is lost where a link takes the place of what `current` is."""
        if current.kind == "file":
            return current.version is not None
        return (
            version is not None
            and not check_version(self.path / "current", self.name, version, threads).problems
        )

    def version_path(self, version: int) -> Path:
        """Give the folder of a version."""
        return self.path / f"v{version}"

    def staging(self, run_id: str) -> Path:
        """Make the folder in which a run prepares its release."""
        path = self.path / f"{_STAGING}{run_id}"
        (path / "parties").mkdir(parents=True)
        return path

    def listed(self, version: int) -> dict[str, list[dict[str, Any]]]:
        """Read what each manifest of a version lists, by recipient; raises CarError where one is gone."""
        folders = folders_in(self.version_path(version))
        return {recipient: listed_files(folder) for recipient, folder in folders.items()}

    def files_of(self, version: int) -> dict[str, Files]:
        """Read which CSVs each recipient got in a version; raises CarError where a manifest is unreadable."""
        return {party: csvs_among(files) for party, files in self.listed(version).items()}

    def reports_in(self, version: int) -> int:
        """Count the PDF reports of a version; raises CarError where a manifest cannot be read."""
        return sum(map(reports_among, self.listed(version).values()))

    def holds(self, version: int, parties: dict[str, Files], threads: int) -> bool:
        """Tell whether a version holds just these CSVs, and still is what its manifests say.

        Parameters:
            threads: files read at a time.
        """
        try:
            is_same = _same(parties, self.files_of(version))
        except CarError:  # a manifest is gone: that one is nothing to put in force
            return False
        return is_same and not check_version(self.version_path(version), self.name, version, threads).problems

    def put_in_force(self, version: int, run_id: str) -> None:
        """Switch `current` to a version, in one step for all parties."""
        new_link = self.path / f".current-{run_id}"
        new_link.unlink(missing_ok=True)
        new_link.symlink_to(f"v{version}")
        os.replace(new_link, self.path / "current")
        flush_folder(self.path)


def month_before(month: str) -> str:
    """Give the month before one, both `YYYY-MM`."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1:04d}-12" if number == 1 else f"{year:04d}-{number - 1:02d}"


def months(out: Path) -> list[Month]:
    """Give the months of which there is a folder of releases, oldest first."""
    found = sorted((out / "releases").glob("[0-9]*-[0-9]*"))
    return [Month(out, path.name) for path in found if path.is_dir()]


def put_in_order(out: Path, month_name: str, threads: int) -> tuple[list[str], log.Switch | None]:
    """Take up what dead commands and copies have left; the caller holds the lock, so that none is alive.

    Parameters:
        month_name: the month that is at work on, `YYYY-MM`. What cannot be mended of another is told.
        threads: files read at a time.

    Returns:
        What was done, a sentence each, and the switch of the month that an interrupted command had begun.

    Raises:
        CarError: `current` of the month is something of which nobody can tell what it was.
    """
    said, finished = [], None
    stale = list((out / "releases").glob(f"*/{_STAGING}*"))
    for path in [*stale, *(out / "releases").glob("*/.current-*"), *(out / "releases").glob("*/.*.new")]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    if stale:
        said.append("Removed what an interrupted run had left half-written.")
    for month in months(out):
        try:
            switch = month.finish_switch()
            if switch is not None:
                said.append(
                    f"{month.name} version {switch.to_version} is in force: the switch by {switch.by} was"
                    " interrupted, and is ended now."
                )
            said += month.mend(threads)
        except CarError as error:
            if month.name == month_name:
                raise
            said.append(f"Warning: {error}")
            continue
        if month.name == month_name:
            finished = switch
    return said, finished


def _same(new: dict[str, Files], old: dict[str, Files]) -> bool:
    def hashes(parties: dict[str, Files]) -> dict[tuple[str, str], str]:
        return {
            (party, path): file["sha256"] for party, files in parties.items() for path, file in files.items()
        }

    return hashes(new) == hashes(old)
