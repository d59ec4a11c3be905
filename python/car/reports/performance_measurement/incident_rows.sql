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

final as (
    select
        numbered.incident_number,
        numbered.incident_id,
        numbered.title,
        numbered.category,
        numbered.service,
        coalesce(segments.segment_name, numbered.segment) as region,
        coalesce(numbered.smets_version, 'both') as smets_version,
        numbered.resolver,
        numbered.dcc_responsible,
        case when numbered.dcc_responsible then 'yes' else 'no' end as responsible,
        to_the_minute(cast(numbered.raised_at as timestamp), recipient.first_day) as raised_at,
        to_the_minute(cast(numbered.resolved_at as timestamp), recipient.first_day) as resolved_at,
        to_the_minute(cast(numbered.closed_at as timestamp), recipient.first_day) as closed_at,
        to_the_minute(cast(numbered.outage_started_at as timestamp), recipient.first_day) as outage_started_at,
        to_the_minute(cast(numbered.outage_ended_at as timestamp), recipient.first_day) as outage_ended_at,
        numbered.outage_minutes,
        written(numbered.outage_minutes, 2) as outage_minutes_text,
        numbered.is_raised,
        numbered.is_closed,
        numbered.is_open,
        numbered.in_cpm4,
        numbered.within_target,
        case
            when numbered.within_target then 'yes'
            when numbered.in_cpm4 then 'no'
            when numbered.is_open then 'open'
            when not numbered.dcc_responsible then 'not counted'
            else 'not due'
        end as in_time,
        numbered.expected_requests,
        numbered.actual_requests,
        numbered.shortfall
    from numbered
    cross join release.recipient as recipient
    left join segments on numbered.segment = segments.segment
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
