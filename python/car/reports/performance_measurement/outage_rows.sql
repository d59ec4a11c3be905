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
        list_transform(
            [cast(outages.started_at as timestamp), cast(outages.ended_at as timestamp)],
            lambda instant: strftime(instant, '%-d %b')
            || case when year(instant) = year(recipient.first_day) then '' else strftime(instant, ' %Y') end
            || strftime(instant, ' %H:%M')
        ) as times,
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
    coalesce(times[1], 'before the month') as began_at,
    coalesce(times[2], 'open') as ended_at,
    minutes_in_month,
    case when length(incident_id) > 20 then left(incident_id, 19) || '…' else incident_id end as incident_label
from final
order by started_at nulls first, outage_id
