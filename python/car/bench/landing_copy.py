"""A landing zone made of links to another one's days, so that a day can be left out and come later."""

from calendar import monthrange
from pathlib import Path

from car.errors import UsageFault


def last_day(month: str) -> str:
    """Give the last day of a month, `YYYY-MM`: a day like any other, unlike the newest landing days."""
    year, number = map(int, month.split("-"))
    return f"{month}-{monthrange(year, number)[1]:02d}"


def link(landing: Path, copy: Path, without: str | None = None, only: str | None = None) -> None:
    """Link the days of every feed into a copy.

    Parameters:
        copy: gets a folder per feed, with a link per day; those that are there stay.
        without: leave this day out, `YYYY-MM-DD`.
        only: link this day alone.

    Raises:
        UsageFault: nothing landed on the day that is named.
    """
    days = sorted(path for path in landing.glob("*/date=*") if path.is_dir())
    named = [path for path in days if path.name == f"date={only or without}"]
    if not named:
        raise UsageFault(f"Nothing landed on {only or without}: no day to leave out.")
    for day in named if only else [path for path in days if path not in named]:
        target = copy / day.parent.name / day.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(day.resolve(), target_is_directory=True)
