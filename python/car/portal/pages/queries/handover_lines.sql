-- One row per figure of a network operator: handovers of credentials, outages that do not pair, alerts of models.
with

handovers as (
    select
        sum(met_count) as met_count,
        sum(met_count) + sum(failed_count) as decided_count
    from network_operator.credentials_handover
),

handovers_before as (
    select
        sum(met_count) as met_count,
        sum(met_count) + sum(failed_count) as decided_count
    from before_network_operator.credentials_handover
),

handed_over as (
    select
        1 as place,
        'New meters whose credentials were handed over in time' as name,
        handovers.met_count as own_count,
        handovers.decided_count as of_count,
        share(handovers.met_count, handovers.decided_count) as own_rate,
        handovers_before.met_count as before_count,
        share(handovers_before.met_count, handovers_before.decided_count) as before_rate
    from handovers
    cross join handovers_before
),

defects as (
    select
        2 as place,
        'Outages and restorations that do not match' as name,
        coalesce(sum(count), 0) as own_count
    from network_operator.outage_restoration_summary
    where "check" = 'defect'
),

defects_before as (
    select sum(count) as before_count
    from before_network_operator.outage_restoration_summary
    where "check" = 'defect'
),

counted as (
    select
        alert_code,
        sum(alert_count) as own_count
    from network_operator.alert_devices
    group by alert_code
),

counted_before as (
    select
        alert_code,
        sum(alert_count) as before_count
    from before_network_operator.alert_devices
    group by alert_code
),

final as (
    from handed_over
    union all by name
    select
        defects.place,
        defects.name,
        defects.own_count,
        defects_before.before_count
    from defects
    cross join defects_before
    union all by name
    select
        3 as place,
        'Alerts ' || counted.alert_code || coalesce(', ' || alert_codes.name, '') as name,
        counted.own_count,
        counted_before.before_count
    from counted
    left join counted_before using (alert_code)
    left join reference.alert_codes using (alert_code)
)

select
    name,
    cast(own_count as bigint) as own_count,
    cast(of_count as bigint) as of_count,
    own_rate,
    cast(before_count as bigint) as before_count,
    before_rate
from final
where own_count is not null
order by place, name
