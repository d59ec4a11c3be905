"""`car deliver`: which folder goes to which place, side by side, and what became of each."""

import posixpath
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from car import lock
from car.config import nearest
from car.console import Reporter, Step
from car.deliver.address import Address
from car.deliver.folder import (
    Delivered,
    Folder,
    Interrupted,
    Published,
    claim,
    deliver_folder,
    read_published,
)
from car.deliver.patience import Patience, words
from car.deliver.place import Place
from car.deliver.settings import INDUSTRY_KEY, DeliverySettings
from car.errors import CarError, UsageFault, first_lines, scrub
from car.jsonfile import read_json
from car.release.places import INDUSTRY, INDUSTRY_FOLDER, folders_in
from car.release.receipts import Receipt, last_receipts, now, write_receipt
from car.release.status import refuse_other_folder
from car.release.tree import months
from car.reports.words import size
from car.threads import thread_pool
from car.workspace import work_dir

DELIVERED, THERE, FAILED = "delivered", "there_already", "failed"
_LOCK: Final = "deliver"


@dataclass(frozen=True)
class Version:
    """A version that is in force.

    Attributes:
        folders: of its recipients.
        manifests: SHA-256 of the manifest of each, as run.json has it.
    """

    month: str
    number: int
    folders: Mapping[str, Path]
    manifests: Mapping[str, str]

    def parts_of(self, recipient: str) -> dict[str, Published | None]:
        """Read what a place of a recipient is to hold, by folder below the month's; None: nothing.

        Raises:
            CarError: it is not what was published.
        """
        return {
            folder: read_published(self.folders[of], self.manifests.get(of)) if of else None
            for folder, of in self._parts_of(recipient).items()
        }

    def manifests_of(self, recipient: str) -> dict[str, str]:
        """Give the SHA-256 of the manifests among that."""
        return {folder: self.manifests.get(of, "") for folder, of in self._parts_of(recipient).items() if of}

    def _parts_of(self, recipient: str) -> dict[str, str | None]:
        """Name the recipient whose folder goes into each folder: its own, and the industry's beside it."""
        own = recipient if recipient in self.folders else None
        if recipient == INDUSTRY:
            return {"": own}
        return {"": own, INDUSTRY_FOLDER: INDUSTRY if own and INDUSTRY in self.folders else None}


@dataclass(frozen=True)
class Task:
    """A version that one place of a recipient is to hold.

    Attributes:
        before: the last receipt of the month from there; None: there is none.
    """

    recipient: str
    place: Place
    version: Version
    before: Receipt | None

    @property
    def order(self) -> tuple[str, str, str]:
        """By what tasks are listed."""
        return self.recipient, self.place.address.url, self.version.month


@dataclass(frozen=True)
class Result:
    """What became of a task; `problem` is empty where nothing went wrong."""

    task: Task
    outcome: str
    done: Delivered
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give what JSON holds of it."""
        return {
            "recipient": self.task.recipient,
            "reporting_month": self.task.version.month,
            "version": self.task.version.number,
            "to": self.task.place.address.url,
            "outcome": self.outcome,
            "files_sent": self.done.sent,
            "files_there": self.done.there,
            "files_removed": self.done.removed,
            "bytes_sent": self.done.bytes_sent,
            "problem": self.problem or None,
        }

    @property
    def line(self) -> str:
        """Say it in a line."""
        version = self.task.version
        begin = f"{self.task.recipient}, {version.month} version {version.number}"
        if self.outcome == FAILED:
            return f"{begin} could not be delivered to {self.task.place.address.url}: {self.problem}"
        if self.outcome == THERE:
            return f"{begin}: there already, {self.done.there:,} files ({self.task.place.address.url})"
        counts = f"{self.done.sent:,} files written ({size(self.done.bytes_sent)})"
        counts += f", {self.done.there:,} were there" if self.done.there else ""
        counts += f", {self.done.removed:,} taken away" if self.done.removed else ""
        return f"{begin}: {counts} → {self.task.place.address.url}"


def deliver(
    out: Path,
    places: Mapping[str, list[Address]] | Address,
    party: str | None,
    settings: DeliverySettings,
    reporter: Reporter,
) -> dict[str, Any]:
    """Bring every place to hold the version in force of each month.

    The newest month is looked at at every place; an earlier one where the last receipt is of another version,
    or there is none.

    Parameters:
        out: the output folder.
        places: of each recipient, or one address with `{party_id}` in it for all parties.
        party: this one alone.

    Returns:
        `deliveries` (recipient, reporting_month, version, to, outcome, files_sent, files_there,
        files_removed, bytes_sent, problem), and `without_place`: who has none.

    Raises:
        UsageFault: there is nothing to deliver, no such party, or no place.
        CarError: another delivery from this folder is under way.
    """
    refuse_other_folder(out)
    versions = _in_force(out)
    with lock.hold(work_dir(out), "car deliver", _LOCK):
        receipts = {version.month: last_receipts(out, version.month) for version in versions}
        owed = {recipient for version in versions for recipient in version.folders}
        # Whoever got something that is in force no more has to lose it.
        known = sorted(owed | {recipient for of_month in receipts.values() for recipient, _ in of_month})
        if party is not None and party not in known:
            raise UsageFault(f"No version in force has a folder of {party}.{nearest(party, known)}")
        named, unknown = _places(places, known, party)
        lacking = sorted(one for one in owed - {*named, INDUSTRY} if party in (None, one))
        for one in unknown:
            reporter.warn(
                f"[deliver] names {one}, of which no version in force has a folder.{nearest(one, known, '')}"
            )
        tasks = [
            _tasks(receipts, recipient, of, versions, settings) for recipient, of in sorted(named.items())
        ]
        results = _deliver_all(out, [of for of in tasks if of], settings, reporter)
    if lacking:
        reporter.warn(f"No place is named for {len(lacking):,} recipients: {_named(lacking)}.")
    return {"deliveries": [result.to_dict() for result in results], "without_place": lacking}


def failed_recipients(done: Mapping[str, Any]) -> list[str]:
    """Name the recipients that something could not be delivered to, of what `deliver` gave."""
    return sorted({one["recipient"] for one in done["deliveries"] if one["outcome"] == FAILED})


def _in_force(out: Path) -> list[Version]:
    """Give the version in force of each month, newest month first; raises UsageFault where there is none."""
    found = []
    for month in reversed(months(out)):
        number = month.in_force()
        if number is None:
            continue
        folder = month.version_path(number)
        run = read_json(folder / "run.json") or {}
        industry = run.get("industry_manifest")
        manifests = {**(run.get("manifests") or {}), **({INDUSTRY: industry} if industry else {})}
        found.append(Version(month.name, number, folders_in(folder), manifests))
    if not found:
        raise UsageFault(f"{out} has no version in force: there is nothing to deliver.")
    return found


def _places(
    places: Mapping[str, list[Address]] | Address, known: list[str], party: str | None
) -> tuple[dict[str, list[Address]], list[str]]:
    """Give the places of each recipient that is to be delivered to, and who is named and not known.

    Raises:
        UsageFault: one address would be that of several parties, or there is none.
    """
    if isinstance(places, Address):
        parties = [one for one in known if one != INDUSTRY and party in (None, one)]
        if len(parties) > 1 and not places.names_party:
            raise UsageFault(
                "--to must have {party_id} in it, or each party's folder would go to the same place."
            )
        return {one: [places.of_party(one)] for one in parties}, []
    named = {INDUSTRY if key == INDUSTRY_KEY else key: of for key, of in places.items()}
    if not named or (party is not None and party not in named):
        of = f" of {party}" if party else ""
        raise UsageFault(f"No place{of} is named: give it with --to, or in [deliver] of the configuration.")
    unknown = sorted({*named} - {*known, INDUSTRY})
    return {key: of for key, of in named.items() if key not in unknown and party in (None, key)}, unknown


def _tasks(
    receipts: Mapping[str, Mapping[tuple[str, str], Receipt]],
    recipient: str,
    places: list[Address],
    versions: list[Version],
    settings: DeliverySettings,
) -> list[Task]:
    """Say what a recipient's places have to be brought to, newest month first.

    Parameters:
        receipts: the last ones of each month.
    """
    tasks = []
    for address in places:
        place = Place(address, settings)
        for position, version in enumerate(versions):
            receipt = receipts[version.month].get((recipient, address.url))
            has_any = receipt is not None or recipient in version.folders
            if has_any and (position == 0 or not _is_of(receipt, version)):
                tasks.append(Task(recipient, place, version, receipt))
    return tasks


def _is_of(receipt: Receipt | None, version: Version) -> bool:
    """Tell whether a receipt says that a place holds what a version has for its recipient."""
    return (
        receipt is not None
        and receipt.delivered_at is not None
        and (receipt.version, receipt.manifests) == (version.number, version.manifests_of(receipt.recipient))
    )


def _deliver_all(
    out: Path, tasks: list[list[Task]], settings: DeliverySettings, reporter: Reporter
) -> list[Result]:
    """Do what is to be done for each recipient; those of one recipient one after the other."""
    results: list[Result] = []
    stop, telling = threading.Event(), threading.Lock()
    count = sum(map(len, tasks))

    def of_recipient(of: list[Task], step: Step) -> None:
        for task in of:
            result = _deliver(out, task, settings, stop)
            with telling:
                results.append(result)
                (reporter.warn if result.outcome == FAILED else reporter.say)(result.line)
                step(len(results), count)

    with (
        reporter.step("deliver", f"Delivering to {len(tasks):,} recipients") as step,
        thread_pool(settings.recipients_at_a_time) as pool,
    ):
        try:
            for future in as_completed([pool.submit(of_recipient, of, step) for of in tasks]):
                future.result()
        except BaseException:
            stop.set()
            raise
    return sorted(results, key=lambda one: one.task.order)


def _deliver(out: Path, task: Task, settings: DeliverySettings, stop: threading.Event) -> Result:
    """Bring one place to hold a version; whatever goes wrong there is said, and stops no other."""
    version, place, before, done = task.version, task.place, task.before, Delivered()
    patience = Patience(settings, place.forget, stop.wait)
    try:
        key = INDUSTRY_KEY if task.recipient == INDUSTRY else task.recipient
        claim(Folder(place, "", patience), key)
        parts, manifests = version.parts_of(task.recipient), version.manifests_of(task.recipient)
        begun = Receipt(task.recipient, version.month, version.number, place.address.url, manifests, now())
        write_receipt(out, begun)
        for folder, part in parts.items():
            below = posixpath.join(version.month, folder)
            done.add(deliver_folder(Folder(place, below, patience), part, stop))
        lengths = [length for part in parts.values() if part for length, _ in part.files.values()]
        ended = replace(begun, delivered_at=now(), files=len(lengths), bytes=sum(lengths), sent=done.sent)
        is_as_before = not done.sent and not done.removed and _is_of(before, version)
        write_receipt(out, before if before is not None and is_as_before else ended)
    except Interrupted:
        return Result(task, FAILED, done, "the command was interrupted")
    except Exception as error:
        return Result(task, FAILED, done, scrub(words(error)))
    return Result(task, DELIVERED if done.sent or done.removed else THERE, done)


def _named(recipients: Iterable[str]) -> str:
    return ", ".join(line.strip() for line in first_lines([*recipients]))


def failure(done: Mapping[str, Any]) -> CarError | None:
    """Give what the command fails with, of what `deliver` gave; None where all is where it belongs."""
    failed = failed_recipients(done)
    if not failed:
        return None
    count = len({one["recipient"] for one in done["deliveries"]})
    return CarError(
        f"{len(failed):,} of {count:,} recipients could not be delivered to: {_named(failed)}."
        " The same command again goes on with what is missing."
    )
