"""A believable industry for a month, written as a landing zone in known numbers."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Literal

from .causes import STRENGTHS, is_planted, planted
from .engine import Session, Variables, database
from .expected import Expected, FeedCounts, Rates
from .feeds import FEEDS
from .landing_files import Calendar, add_noise, write_files
from .traffic import ALERTS, COUNTED_STATUSES, REQUESTS, Outcome, plan, write_parts

KINDS_OF_PARTIES = (
    "supplier",
    "network operator",
    "gas transporter",
    "registered supplier agent",
    "other user",
)
SCRIPTS = ("macros", "areas", "parties", "causes", "catalogue", "industry", "history", "events", "lists")
SUMMARY = "simulation.json"
UNFINISHED = "simulation-unfinished.json"
SMALL_FEEDS = [name for name in FEEDS if name not in ("service_requests", "alerts")]
HEAVY_FEEDS = ("service_requests", "registrations")
OUTAGE_TIMINGS = """
    create or replace table outage_timings (
        alert_id varchar, recorded_at timestamp, destination_party_id varchar, destination_role varchar,
        event_at timestamp, csp_sent_at timestamp, dsp_received_at timestamp, sent_at timestamp,
        acknowledged_at timestamp, landed_day integer
    )
"""


def simulate(
    landing: Path,
    month: str,
    parties: int = 30,
    devices: int = 20_000,
    requests: int = 300_000,
    seed: int = 1,
    bad: Literal["none", "light", "heavy"] = "light",
    alerts: int | None = None,
    progress: Callable[[str], None] | None = None,
    rates: Rates | None = None,
    *,
    workers: int | None = None,
    memory_limit: str = "2GB",
) -> Expected:
    """Writes a landing zone with every feed: the same bytes for the same arguments.

    Args:
        landing: Folder of the landing zone; must be missing, hold no landing files, or hold those of this
            simulation: an interrupted one is written again, a finished one with the same arguments stays.
        month: Reporting month, ``YYYY-MM``. Files land from three days before it to five days after it.
        parties: Number of SEC Parties (distinct party_ids), at least one of each kind; from 24 all 14
            distributors.
        devices: Number of Devices.
        requests: Accepted service requests, transforms included, to within a few per cent; fewer where no
            Device can be asked anything.
        seed: Another seed, another industry.
        bad: ``none``, ``light`` (every kind of bad record, no feed over the quality gate) or ``heavy``
            (service_requests and registrations over it, and one file that cannot be read).
        alerts: Accepted alert rows, one per recipient; by default ``rates.alerts_per_request`` per request.
        progress: Called with a line of text now and then.
        rates: How often things happen.
        workers: Sessions side by side; changes the time taken, not a byte of the result.
        memory_limit: DuckDB's memory limit.

    Returns:
        What a run over it must count; also written to ``<landing>/simulation.json``.

    Raises:
        ValueError: An argument is out of range.
        FileExistsError: The landing folder has other landing files already.
    """
    rates = rates or Rates()
    alert_rows = round(requests * rates.alerts_per_request) if alerts is None else alerts
    calendar = Calendar.of_month(_first_of(month))
    _check_arguments(parties, devices, requests, alert_rows, bad)
    arguments = {
        "month": month,
        "parties": parties,
        "devices": devices,
        "requests": requests,
        "alerts": alert_rows,
        "seed": seed,
        "bad": bad,
        "rates": asdict(rates),
    }
    finished_before = _prepare_folder(landing, arguments)
    if finished_before is not None:
        return finished_before
    say = progress or (lambda line: None)
    workers = workers or min(4, os.cpu_count() or 1)
    expected = Expected(month=month, as_of=calendar.as_of)

    with database(memory_limit) as connection:
        variables = _variables(calendar, parties, devices, requests, alert_rows, seed, rates)
        session = Session(connection, variables)
        say("parties, homes and devices")
        for script in SCRIPTS:
            session.script(script)
            if script == "causes":
                variables.update(_spoiling_variables(session), is_planted=is_planted(session))
                session.set(**variables)
        expected.planted = planted(session)
        session.rows(OUTAGE_TIMINGS)
        light = 0.0 if bad == "none" else rates.bad_light

        for kind, rows_wanted in ((REQUESTS, requests), (ALERTS, alert_rows)):
            name = kind.feed.name
            heavy = bad == "heavy" and name in HEAVY_FEEDS
            units = _ordinary_units(session, name, rows_wanted)
            parts = plan(kind, calendar, units, rows_wanted, rates.bad_heavy if heavy else light, heavy)
            outcomes = write_parts(connection, variables, parts, calendar, landing, workers, say)
            expected.feeds[name] = _total(outcomes)
            if kind is REQUESTS:
                _count_requests(expected, outcomes)

        session.rows("""
            create or replace table feed_power_outage_timings as
            select
                * exclude (landed_day),
                least(landed_day + 1, getvariable('last_day'))::integer as _land,
                'outages' as _part,
                row_number() over (order by alert_id, destination_party_id, destination_role) as _ord,
                'accepted' as _fate,
                false as _warning
            from outage_timings
            order by _ord
        """)
        for name in SMALL_FEEDS:
            say(name)
            feed = FEEDS[name]
            heavy = bad == "heavy" and name in HEAVY_FEEDS
            counts = add_noise(session, feed, calendar, rates.bad_heavy if heavy else light, heavy)
            counts.files, drift = write_files(session, feed, calendar, landing)
            expected.feeds[name] = counts
            if drift:
                expected.planted_drift[name] = drift

        for name in ("alerts", "defects"):
            _write_empty_file(session, name, calendar, landing)
            expected.feeds[name].files += 1
        if bad == "heavy":
            _write_truncated_file(session, calendar, landing)
            expected.feeds["alerts"].files += 1
            expected.feeds["alerts"].files_rejected += 1

    _write_json(landing / SUMMARY, {**expected.to_dict(), "arguments": arguments})
    (landing / UNFINISHED).unlink()
    return expected


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _prepare_folder(landing: Path, arguments: dict[str, Any]) -> Expected | None:
    """Makes the folder ready; what a finished simulation with the same arguments expects, if there is one."""
    landing.mkdir(parents=True, exist_ok=True)
    if (landing / UNFINISHED).exists():
        # all there is was written by a simulation that was interrupted
        for name in FEEDS:
            shutil.rmtree(landing / name, ignore_errors=True)
    elif any(any((landing / name).glob("date=*/*")) for name in FEEDS):
        summary = landing / SUMMARY
        found = json.loads(summary.read_text(encoding="utf-8")) if summary.exists() else {}
        if found.pop("arguments", None) == arguments:
            return Expected.from_dict(found)
        raise FileExistsError(
            f"{landing} holds other landing files already: choose another folder, or empty it"
        )
    _write_json(landing / UNFINISHED, arguments)
    return None


def _first_of(month: str) -> date:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise ValueError(f"the month must be given as YYYY-MM, not {month!r}") from None
    if first.strftime("%Y-%m") != month:
        raise ValueError(f"the month must be given as YYYY-MM, not {month!r}")
    return first


def _check_arguments(parties: int, devices: int, requests: int, alerts: int, bad: str) -> None:
    fewest = len(KINDS_OF_PARTIES)
    if not fewest <= parties <= 2000:
        raise ValueError(
            f"parties must be from {fewest} to 2000, not {parties}: an industry has one of each kind at least"
            f" ({', '.join(KINDS_OF_PARTIES)})"
        )
    if not 1 <= devices <= 30_000_000:
        raise ValueError(f"devices must be from 1 to 30,000,000, not {devices}")
    if requests < 0 or alerts < 0:
        raise ValueError("requests and alerts must not be negative")
    if bad not in ("none", "light", "heavy"):
        raise ValueError(f"bad must be none, light or heavy, not {bad!r}")


def _variables(
    calendar: Calendar, parties: int, devices: int, requests: int, alerts: int, seed: int, rates: Rates
) -> Variables:
    """Session variables: what the SQL finds with getvariable()."""

    def upto(share: float, base: int = 0, of: int = 1024) -> int:
        return base + round(share * of) - 1

    return {
        **STRENGTHS,
        "seed": seed,
        "parties": parties,
        "devices": devices,
        "requests": requests,
        "alerts": alerts,
        "month_start": calendar.month_start.isoformat(),
        "month_ms": (calendar.month_start - date(1970, 1, 1)).days * 86_400_000,
        "month_days": calendar.month_days,
        "first_day": calendar.first_day,
        "last_day": calendar.last_day,
        "first_traffic_day": calendar.first_traffic_day,
        "last_traffic_day": calendar.last_traffic_day,
        "rate_installs": rates.installs,
        "cut_hub_exchange": rates.installs + rates.hub_exchanges,
        "cut_gone": rates.installs + rates.hub_exchanges + rates.gone,
        "cut_failed": rates.installs + rates.hub_exchanges + rates.gone + rates.failed_installs,
        "rate_switches": rates.switches,
        "rate_firmware": rates.firmware,
        "rate_payment_changes": rates.payment_changes,
        "rate_key_rotations": rates.key_rotations,
        "rate_prepayment": rates.prepayment,
        "rate_export": rates.export,
        "rate_not_communicating": rates.not_communicating,
        "rate_check_digit_errors": rates.check_digit_errors,
        # upper ends of ranges of ten or twelve random bits in requests.sql and alerts.sql
        "unfinished_to": round(rates.unfinished * 4096),
        "foreign_to": upto(rates.foreign, 60, 4096),
        "unknown_to": min(4095, upto(rates.unknown_devices, 4007, 4096)),
        "unknown_alerts_to": round(rates.unknown_devices * 4096),
        "late_to": round(rates.late * 1024),
        "repeated_to": min(1023, upto(rates.repeated, 700)),
        "pending_to": min(1023, upto(rates.pending, 500)),
    }


def _spoiling_variables(session: Session) -> Variables:
    """Parties that spoilt records name: one whose role has ended, one in another case."""
    former = session.value("select party_id from party_roles where role = 'RSA' and active_to is not null")
    other = session.value("select lower(party_id) from parties where kind = 'supplier' and rank = 1")
    return {"former_party_id": former, "other_case_party_id": other}


def _ordinary_units(session: Session, feed: str, rows_wanted: int) -> int:
    """Ordinary requests or alerts for the wanted number of rows, beside those in the sequences of events."""
    if feed == "service_requests":
        in_sequences = session.value("select count(*) + count(*) filter (is_paired) from request_events")
        per_unit = session.value("""
            select avg(case when m.is_paired then 2 else 1 end)
            from request_slots as s inner join request_mix as m on m.mix_no = s.mix_no
        """)
    else:
        recipients = "(len(string_split(m.roles, ' ')))"
        in_sequences = session.value(
            f"select coalesce(sum({recipients}), 0) "
            "from alert_events as e inner join alert_mix as m on m.mix_no = e.mix_no"
        )
        per_unit = session.value(
            f"select avg({recipients}) from alert_slots as s inner join alert_mix as m on m.mix_no = s.mix_no"
        )
    if per_unit is None:  # nobody can ask the few Devices anything
        return 0
    return max(0, round((rows_wanted - int(in_sequences)) / per_unit))


def _total(outcomes: list[Outcome]) -> FeedCounts:
    total = FeedCounts()
    for outcome in outcomes:
        counts = outcome.counts
        for name in (
            "files",
            "rows_read",
            "rows_after_as_of",
            "rows_accepted",
            "rows_superseded",
            "rows_quarantined",
            "warnings",
        ):
            setattr(total, name, getattr(total, name) + getattr(counts, name))
        for reason, rows in counts.quarantined_by_reason.items():
            total.quarantined_by_reason[reason] = total.quarantined_by_reason.get(reason, 0) + rows
    return total


def _count_requests(expected: Expected, outcomes: list[Outcome]) -> None:
    """The requests of the month: transforms first, then by whether their report status counts."""
    for outcome in outcomes:
        for (is_transform, status), rows in outcome.statuses.items():
            if is_transform:
                expected.transforms += rows
            elif status in COUNTED_STATUSES:
                expected.requests_counted += rows
            else:
                key = str(status)
                expected.requests_not_counted[key] = expected.requests_not_counted.get(key, 0) + rows


def _write_empty_file(session: Session, name: str, calendar: Calendar, landing: Path) -> None:
    """A file without rows: a header alone."""
    feed = FEEDS[name]
    columns = ", ".join(f"null::{kind} as {column}" for column, kind in feed.columns.items())
    path = landing / name / f"date={calendar.day(calendar.last_day)}" / f"nothing-new.{feed.file_format}"
    query = f"select {columns} where false"
    if feed.file_format == "parquet":
        session.copy_parquet(query, path)
    else:
        session.copy_csv(query, path)


def _write_truncated_file(session: Session, calendar: Calendar, landing: Path) -> None:
    """A Parquet file of alerts that breaks off in the middle."""
    columns = ", ".join(f"null::{kind} as {column}" for column, kind in FEEDS["alerts"].columns.items())
    path = landing / "alerts" / f"date={calendar.day(calendar.last_day)}" / "broken-off.parquet"
    session.copy_parquet(f"select {columns} from range(1000)", path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
