"""What the industry report must find of what was planted for it: the section `industry` of simulation.json.

It is what had landed when the month was the last one. A later month may tell more of the same outage.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from .engine import Session
from .months import Calendar

DAY_MS = 86_400_000
INCIDENT_AGE_MS = 90 * DAY_MS

Span = tuple[int, int]


def reported(session: Session, calendar: Calendar) -> dict[str, Any]:
    """Say what the lists tell of the month, in the words of the report."""
    span = session.rows(f"select day_ms({calendar.from_day}), day_ms({calendar.to_day})")[0]
    return {
        "incidents": _incidents(session, span),
        "outages": _outages(session, span),
        "throttling": _throttling(session, span),
        "defects": _defects(session, calendar),
        "exceptions": _exceptions(session),
        "provider_measures": _provider_measures(session, calendar),
        "commentary": _commentary(session),
        "top_up_series": _top_up_series(session),
        "change_of_supplier": _change_of_supplier(session),
        "firmware": _firmware(session),
        "devices": _devices(session),
    }


def _last_states(session: Session, name: str, key: str, columns: str) -> list[tuple[Any, ...]]:
    """What is known of each thing: the last state of it that has landed."""
    return session.rows(f"""
        select {columns}
        from (
            select *, state = max(state) over (partition by {key}) as is_last
            from {name}_states
            where recorded_ms < day_ms(getvariable('new_to'))
        )
        where is_last
        order by {key}
    """)


def _incidents(session: Session, span: Span) -> dict[str, dict[str, int]]:
    """Incidents by category, as incident_statistics.csv counts them, whoever was responsible."""
    begin, end = span
    found: dict[str, Counter[str]] = {str(category): Counter() for category in range(1, 6)}
    columns = "category, raised_ms, resolved_at_ms, closed_at_ms"
    for category, raised, resolved, closed in _last_states(session, "incident", "incident_no", columns):
        is_closed = closed is not None and begin <= closed < end
        is_open = raised < end and (closed is None or closed >= end)
        found[str(category)].update(
            raised=int(begin <= raised < end),
            closed=int(is_closed),
            closed_but_never_resolved=int(is_closed and resolved is None),
            open=int(is_open),
            open_over_90_days=int(is_open and end - raised > INCIDENT_AGE_MS),
        )
    return {category: dict(counts) for category, counts in found.items()}


def union(spans: Iterable[Span]) -> list[Span]:
    """The parts of time that any of some spans covers, in order."""
    whole: list[Span] = []
    for begin, end in sorted(spans):
        if whole and begin <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(end, whole[-1][1])
        else:
            whole.append((begin, end))
    return whole


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What some spans cover and others do not."""
    left = union(spans)
    for begin, end in union(taken):
        cut = [((first, min(last, begin)), (max(first, end), last)) for first, last in left]
        left = [part for parts in cut for part in parts if part[0] < part[1]]
    return left


def _clipped(spans: Iterable[tuple[int, int | None]], span: Span) -> list[Span]:
    """Spans within another one; one without an end goes on."""
    begin, end = span
    cut = ((max(first, begin), end if last is None else min(last, end)) for first, last in spans)
    return [part for part in cut if part[0] < part[1]]


def _minutes(spans: Iterable[Span]) -> float:
    whole = sum(end - begin for begin, end in union(spans))
    return (whole * 100 + 30_000) // 60_000 / 100


def _outages(session: Session, span: Span) -> dict[str, Any]:
    """Minutes out, of each component in the regions that its outages name: `ALL` where none names one."""
    by_component: dict[str, list[tuple[str | None, bool, Span]]] = {}
    counts: Counter[str] = Counter()
    columns = "component, csp_region, kind, approved_by is not null, incident_id, start_ms, end_ms"
    for component, region, kind, is_approved, incident, first, last in _last_states(
        session, "outage", "outage_no", columns
    ):
        for part in _clipped([(first, last)], span):
            is_planned = kind == "planned" and is_approved
            by_component.setdefault(component, []).append((region, is_planned, part))
            counts.update(
                outages=1,
                planned=int(is_planned),
                planned_not_approved=int(kind == "planned" and not is_approved),
                of_no_kind=int(kind is None),
                of_an_incident=int(incident is not None),
            )
    minutes = []
    for component, parts in sorted(by_component.items()):
        regions = {region for region, _, _ in parts}
        for region in sorted(filter(None, regions)) if regions != {None} else [None]:
            planned, unplanned = (
                [part for place, is_like, part in parts if place in (region, None) and is_like is wanted]
                for wanted in (True, False)
            )
            minutes.append(
                {
                    "component": component,
                    "segment": region or "ALL",
                    "planned_minutes": _minutes(planned),
                    "unplanned_minutes": _minutes(without(unplanned, planned)),
                }
            )
    return {**counts, "minutes": minutes}


def _throttling(session: Session, span: Span) -> dict[str, Any]:
    """Northbound events by when they began, Southbound ones by when they were."""
    begin, end = span
    columns = "direction, start_ms, end_ms, incident_id, forwarded_count, dropped_count, exempted_count"
    north: Counter[str] = Counter(events=0, forwarded=0, dropped=0, exempted=0)
    incidents, south = set(), []
    for direction, first, last, incident, forwarded, dropped, exempted in _last_states(
        session, "throttling", "event_no", columns
    ):
        if direction == "Southbound":
            south += _clipped([(first, last)], span)
        elif begin <= first < end:
            north.update(events=1, forwarded=forwarded, dropped=dropped, exempted=exempted)
            incidents.add(incident)
    days = {day for first, last in union(south) for day in range(first // DAY_MS, (last - 1) // DAY_MS + 1)}
    seconds = sum(last - first for first, last in union(south)) // 1000
    return {
        "northbound": {**north, "incidents": len(incidents - {None})},
        "southbound": {"events": len(south), "seconds": seconds, "days": len(days)},
    }


def _defects(session: Session, calendar: Calendar) -> dict[str, int]:
    begin, end = calendar.from_day, calendar.to_day
    found = _last_states(session, "defect", "defect_no", "released_day, accepted_day, closed_on_day")
    return {
        "released": sum(begin <= released < end for released, _, _ in found),
        "open": sum(
            accepted is not None and accepted < end and (closed is None or closed >= end)
            for _, accepted, closed in found
        ),
    }


def _exceptions(session: Session) -> dict[str, int]:
    """Exceptions by their refusal. Those with none are applied where there are so many misses."""
    found = session.rows("""
        select coalesce(refusal, 'applied'), count(*) from planted_exceptions group by all order by all
    """)
    return dict(found)


def _provider_measures(session: Session, calendar: Calendar) -> dict[str, Any]:
    rows, credit = session.rows(f"""
        select count(*), sum(service_credit_pence)::bigint
        from feed_provider_measures
        where month = '{calendar.month}'
    """)[0]
    alone = session.rows("""
        select distinct measure_id from feed_provider_measures where denominator is null order by all
    """)
    return {
        "rows": rows,
        "service_credit_pence": credit,
        "unknown": ["DSP-1.4"],
        "without_denominator": [measure for (measure,) in alone],
        "as_in_the_month_before": ["PM2.7"],
    }


def _commentary(session: Session) -> dict[str, Any]:
    texts = session.value("select count(*) from feed_commentary")
    repeated = session.rows("""
        select measure_id from feed_commentary where text not like '%)' order by all
    """)
    return {"texts": texts, "repeated": [measure for (measure,) in repeated]}


def _top_up_series(session: Session) -> dict[str, int]:
    """Planted series of top-ups by how they end; chance makes more, mostly of one try."""
    found = dict.fromkeys(("second", "later", "failed"), 0)
    for tries, ends_well in session.rows("""
        select count(*), max_by(e.outcome, e.started_ms) = 1
        from request_events as e
        inner join request_mix as m on m.mix_no = e.mix_no
        where m.srv = '2.2'
        group by e.target_no
    """):
        found["failed" if not ends_well else "second" if tries == 2 else "later"] += 1
    return found


def _change_of_supplier(session: Session) -> dict[str, int]:
    """Changes of supplier that are planted to fail; most are put right on that day."""
    failed = session.value("""
        select count(*)
        from request_events as e
        inner join request_mix as m on m.mix_no = e.mix_no
        where m.srv = '6.23' and e.outcome in (2, 3)
            and e.day_no >= getvariable('from_day') and e.day_no < getvariable('to_day')
    """)
    return {"planted_to_fail": failed}


def _firmware(session: Session) -> dict[str, int]:
    """All hub images of the month that failed; of images by an 11.1, those that were planted to fail."""
    hubs = session.rows("""
        select count(*) filter (kind in (0, 1)), count(*) filter (kind in (1, 2)) from failed_hub_images
    """)[0]
    images = session.rows("""
        select
            count(*) filter (delivered_ms is null),
            count(*) filter (delivered_ms > started_ms + 432000000),
            count(*) filter (delivered_ms is not null and is_refused)
        from failed_images
        where day_no >= getvariable('from_day') and day_no < getvariable('to_day')
    """)[0]
    names = (
        "hub_images_not_delivered_in_time",
        "hub_images_not_activated",
        "images_not_delivered",
        "images_delivered_late",
        "images_refused",
    )
    return dict(zip(names, (*hubs, *images), strict=True))


def _devices(session: Session) -> dict[str, int]:
    """Meters that have been silent for sixty days on the month's last day, and those that cannot stop."""
    silent = session.value("""
        select count(*) from targets
        where pool = 'E' and silent_from_ms < day_ms(getvariable('to_day') - 61)
    """)
    noisy = session.value("""
        select count(*) from (select 1 from alert_events group by target_no having count(*) > 1000)
    """)
    return {"silent_for_60_days": silent, "noisy": noisy}
