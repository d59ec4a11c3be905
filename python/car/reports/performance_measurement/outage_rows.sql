-- one row per outage of a component in the month
with

outages as (
    from industry.outages
),

final as (
    select
        outages.outage_id,
        outages.component,
        coalesce(segments.segment_name, outages.segment) as region,
        case
            when outages.kind = 'planned' and outages.is_approved then 'planned'
            when outages.kind = 'planned' then 'not approved'
            else coalesce(outages.kind, 'not said')
        end as kind,
        outages.started_at,
        to_the_minute(cast(outages.started_at as timestamp), recipient.first_day) as began_at,
        to_the_minute(cast(outages.ended_at as timestamp), recipient.first_day) as ended_at,
        written(outages.minutes_in_month, 2) as minutes_in_month,
        coalesce(outages.incident_id, '') as incident_id
    from outages
    cross join release.recipient as recipient
    left join segments on outages.segment = segments.segment
)

select
    case when length(outage_id) > 20 then left(outage_id, 19) || '…' else outage_id end as outage_label,
    component,
    region,
    kind,
    coalesce(began_at, 'before the month') as began_at,
    coalesce(ended_at, 'open') as ended_at,
    minutes_in_month,
    case when length(incident_id) > 20 then left(incident_id, 19) || '…' else incident_id end as incident_label
from final
order by started_at nulls first, outage_id
