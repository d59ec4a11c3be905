-- one row per Category 1 or 2 Incident of the month, numbered as it began
with

incidents as (
    from industry.incidents
),

numbered as (
    select
        *,
        row_number() over (order by coalesce(outage_started_at, raised_at), incident_id) as incident_number
    from incidents
),

-- A time is told to the minute, with its year where that is not the month's.
timed as (
    select
        numbered.*,
        list_transform(
            [
                cast(numbered.raised_at as timestamp),
                cast(numbered.resolved_at as timestamp),
                cast(numbered.closed_at as timestamp),
                cast(numbered.outage_started_at as timestamp),
                cast(numbered.outage_ended_at as timestamp)
            ],
            lambda instant: strftime(instant, '%-d %b')
            || case when year(instant) = year(recipient.first_day) then '' else strftime(instant, ' %Y') end
            || strftime(instant, ' %H:%M')
        ) as times
    from numbered
    cross join release.recipient as recipient
),

final as (
    select
        timed.incident_number,
        timed.incident_id,
        timed.title,
        timed.category,
        timed.service,
        coalesce(segments.segment_name, timed.segment) as region,
        coalesce(timed.smets_version, 'both') as smets_version,
        timed.resolver,
        timed.dcc_responsible,
        case when timed.dcc_responsible then 'yes' else 'no' end as responsible,
        timed.times[1] as raised_at,
        timed.times[2] as resolved_at,
        timed.times[3] as closed_at,
        timed.times[4] as outage_started_at,
        timed.times[5] as outage_ended_at,
        timed.outage_minutes,
        written(timed.outage_minutes, 2) as outage_minutes_text,
        timed.is_raised,
        timed.is_closed,
        timed.is_open,
        timed.in_cpm4,
        timed.within_target,
        case
            when timed.within_target then 'yes'
            when not timed.within_target then 'no'
            when timed.in_cpm4 then 'no'
            when timed.is_open then 'open'
            else '–'
        end as in_time,
        timed.expected_requests,
        timed.actual_requests,
        timed.shortfall
    from timed
    left join segments on timed.segment = segments.segment
)

select
    incident_number,
    incident_id,
    case when length(incident_id) > 20 then left(incident_id, 19) || '…' else incident_id end as incident_label,
    title,
    category,
    service,
    region,
    smets_version,
    resolver,
    dcc_responsible,
    responsible,
    raised_at,
    resolved_at,
    closed_at,
    outage_started_at,
    case when outage_ended_at is null and outage_started_at is not null then 'open' else outage_ended_at end
        as outage_ended_at,
    outage_minutes,
    outage_minutes_text,
    is_raised,
    is_closed,
    is_open,
    in_cpm4,
    within_target,
    in_time,
    expected_requests,
    actual_requests,
    shortfall
from final
order by incident_number
