"""What is planted in the industry, so that findings and diagnosis have something true to find.

`sql/causes.sql` says which supplier has which; here stand how far each goes and the words for it.
"""

from typing import Any

from .engine import Session, Variables

STRENGTHS: Variables = {
    "meter_firmware_ppm": 120_000,
    "hub_firmware_ppm": 120_000,
    "slow_percent": 320,
    "bad_week_ppm": 125_000,
    "bad_week_operator_ppm": 350_000,
    "bad_week_day": 11,
    "silent_day": 9,
}
"""Failures of a million on top of the usual, times in percent of the usual, days (0 is the first)."""


def is_planted(session: Session) -> bool:
    """Whether the market is large enough for causes."""
    return bool(session.value("select count(*) > 0 from cause_suppliers"))


def planted(session: Session) -> list[dict[str, Any]]:
    """Say what was planted: in words, who has it by itself, and which values of a diagnosis it shows in.

    Empty where the industry is too small for it. `parties` are those whose own rates or speeds it moves. The
    bad week and the slow manufacturer are met by whoever asks such Devices; bad firmware and silent meters,
    by those alone who fitted them.
    """
    if not is_planted(session):
        return []
    having: dict[str, list[str]] = {}
    for cause, party in session.rows("select distinct cause, party_id from cause_suppliers order by all"):
        having.setdefault(cause, []).append(party)
    region, first, last = session.rows("""
        select csp_region, instant(start_ms)::date::varchar, instant(resolved_ms)::date::varchar
        from incidents where is_planted and month = getvariable('month_no')
    """)[0]
    operators = [
        party
        for (party,) in session.rows(f"""
            select a.party_id from areas as a inner join parties as p on p.party_id = a.party_id
            where a.csp_region = '{region}' order by 1
        """)
    ]
    meter, hub, silent = (
        _model(session, cause) for cause in ("meter_firmware", "hub_firmware", "silent_meters")
    )
    slow = session.value("select any_value(manufacturer) from models where is_slow")
    silent_on = session.value("select day_date(getvariable('silent_day'))::varchar")
    return [
        _cause(
            "meter_firmware",
            f"ESMEs of model {meter[1]} on firmware {meter[2]} fail often until they are upgraded."
            f" {_names(having['meter_firmware'])} fitted them.",
            having["meter_firmware"],
            dict(zip(("device_manufacturer", "device_model", "device_firmware_version"), meter, strict=True)),
        ),
        _cause(
            "hub_firmware",
            f"Communications Hubs of model {hub[1]} on firmware {hub[2]} lose requests until they are"
            f" upgraded. {_names(having['hub_firmware'])} fitted them.",
            having["hub_firmware"],
            dict(zip(("ch_manufacturer", "ch_model", "ch_firmware_version"), hub, strict=True)),
        ),
        _cause(
            "slow_manufacturer",
            f"ESMEs and GSMEs of manufacturer {slow} answer three times as slowly as others."
            f" {_names(having['slow_manufacturer'])} fitted them nearly everywhere.",
            having["slow_manufacturer"],
            {"device_manufacturer": slow},
        ),
        _cause(
            "bad_week",
            f"The network of region {region} was degraded from {first} to {last}.",
            operators,
            {"region": region},
        ),
        _cause(
            "orchestration",
            f"{_names(having['orchestration'])} sends 6.23 that the DCC refuses, and sends it again.",
            having["orchestration"],
            {},
            srv="6.23",
        ),
        _cause(
            "silent_meters",
            f"ESMEs of model {silent[1]} fell silent from {silent_on} on."
            f" {_names(having['silent_meters'])} fitted them.",
            having["silent_meters"],
            dict(zip(("device_manufacturer", "device_model"), silent[:2], strict=True)),
        ),
    ]


def _cause(
    cause: str, words: str, parties: list[str], dimensions: dict[str, str], **more: str
) -> dict[str, Any]:
    return {"cause": cause, "words": words, "parties": parties, "dimensions": dimensions, **more}


def _model(session: Session, cause: str) -> tuple[str, str, str]:
    """Manufacturer, model and main firmware of the SMETS2 model that a cause is about."""
    return session.rows(f"""
        select distinct m.manufacturer, m.model, m.firmware_2
        from models as m
        inner join cause_suppliers as c on c.device_type = m.device_type and c.model_rank = m.model_rank
        where c.cause = '{cause}' and m.smets_version = 'SMETS2'
    """)[0]


def _names(parties: list[str]) -> str:
    return " and ".join(parties)
