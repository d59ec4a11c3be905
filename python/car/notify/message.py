"""Sends what became of a run to those who want to know, by apprise."""

import logging
from typing import TYPE_CHECKING, Any, Final

from car.errors import UsageFault, first_lines, one_line, scrub
from car.notify.settings import DELIVERED, DEVIATES, DONE, FAILED, HELD, NotifySettings

if TYPE_CHECKING:
    from apprise import Apprise

_TITLE: Final = "Customer Analytics Reporting"
_EVENTS: Final = {
    "published": DONE,
    "unchanged": DONE,
    "awaits_approval": HELD,
    "held_back": HELD,
    "failed": FAILED,
}
_KINDS: Final = {
    DONE: "success",
    DELIVERED: "success",
    HELD: "warning",
    DEVIATES: "warning",
    FAILED: "failure",
}


class Messenger:
    """Sends messages to the places that are configured; to none where none is.

    Parameters:
        settings: who is told, and when.

    Raises:
        UsageFault: apprise is not installed, or takes an address for none of its places.
    """

    def __init__(self, settings: NotifySettings) -> None:
        self._on = settings.on
        self._places = _places(settings.urls) if settings.urls else None

    def tell_run(self, run: dict[str, Any], path: str) -> str:
        """Tell what became of a run; says what went wrong with that, or nothing.

        Parameters:
            run: the content of run.json.
            path: of run.json.
        """
        event = _EVENTS.get(run["outcome"], "")  # a dry run is for whoever runs it
        return self.tell(event, run_words(run), [*run_details(run), f"run.json: {path}"])

    def tell(self, event: str, title: str, details: list[str]) -> str:
        """Send a message; says what went wrong, or nothing.

        Parameters:
            event: of which the settings say whether it is told.
            title: in a few words.
            details: a line each.
        """
        if self._places is None or event not in self._on:
            return ""
        body = "\n".join(scrub(line) for line in details)
        if self._places.notify(body, f"{_TITLE}: {title}", notify_type=_KINDS.get(event, "info")):
            return ""
        return "A message could not be sent to every place that is configured (CAR_NOTIFY_URLS)."


def run_words(run: dict[str, Any]) -> str:
    """Say what became of a run, in a few words."""
    version = f" version {run['version']}" if run.get("version") else ""
    return f"{run['reporting_month']}{version}, {run['outcome'].replace('_', ' ')}"


def run_details(run: dict[str, Any]) -> list[str]:
    """Say what a run counted, a line each: files and recipients, and why it was held back."""
    lines = []
    if run.get("files") is not None:
        counts = f"{run['recipients']:,} recipients, {run['files']:,} CSV files"
        lines.append(f"{counts}, {run.get('reports') or 0:,} PDF reports.")
    reasons = [one_line(reason) for reason in run.get("held_back") or []]
    return [*lines, *first_lines(reasons)]


def delivery_words(done: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Say what became of a delivery: the event, a title, and a line of counts for each month.

    Parameters:
        done: what `car deliver --json` prints.
    """
    every = done["deliveries"]
    failed = {one["recipient"] for one in every if one["outcome"] == "failed"}
    recipients = {one["recipient"] for one in every}
    lines = []
    for month in sorted({one["reporting_month"] for one in every}):
        of_month = [one for one in every if one["reporting_month"] == month]
        arrived = {one["recipient"] for one in of_month} - {
            one["recipient"] for one in of_month if one["outcome"] == "failed"
        }
        sent = sum(one["files_sent"] for one in of_month)
        lines.append(
            f"{month} version {of_month[0]['version']}: {len(arrived):,} recipients, {sent:,} files written."
        )
    title = f"delivered to {len(recipients - failed):,} of {len(recipients):,} recipients"
    return FAILED if failed else DELIVERED, title, lines


def _places(urls: tuple[str, ...]) -> "Apprise":
    try:
        from apprise import Apprise
    except ImportError:
        raise UsageFault(
            "Messages need apprise, which is not installed: `pip install 'car[notify]'`, or take"
            " CAR_NOTIFY_URLS away."
        ) from None
    # Its messages have addresses, and those have passwords.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    places = Apprise()
    for number, url in enumerate(urls, start=1):
        if not places.add(url):
            raise UsageFault(f"CAR_NOTIFY_URLS: the address in place {number} is none that apprise knows.")
    return places
