-- one row per alert code, and all together, that has alerts to tell of; the most frequent first
with

final as (
    select
        alert_code,
        case alert_code
            when 'ALL' then 'All alerts' when 'Withheld' then 'Those withheld, together' else coalesce(alert_name, '')
        end as alert_name,
        volume,
        in_time,
        late,
        not_delivered,
        pending,
        suppressed,
        written_share(share, null, null) as share,
        within_60_s,
        within_5_min,
        within_1_h,
        longer,
        never
    from industry.alerts
    where volume is not null and (volume > 0 or suppressed > 0)
)

select
    alert_code as code,
    alert_name,
    volume,
    coalesce(share, '–') as share,
    late,
    not_delivered,
    pending,
    suppressed,
    within_60_s,
    within_5_min,
    within_1_h,
    longer,
    never
from final
order by alert_code not in ('ALL', 'Withheld'), alert_code = 'Withheld', volume desc, alert_code asc
