-- Grain: one row per headline figure, those that index.html shows first.
with

totals as (

    select * from handover_totals

),

checks as (

    select *
    from outage_checks
    where "check" = 'defect'

),

alerts as (

    select * from alert_totals

),

final as (

    select
        1 as place,
        'Credentials of new meters handed over in time, of those decided' as figure,
        met_count as own_count,
        decided_count as of_count,
        met_share as own_share,
        before_met_count as before_count,
        before_met_share as before_share
    from totals
    union all
    select
        2 as place,
        'Handovers not decided yet, of all asked for' as figure,
        pending_count as own_count,
        n16_count as of_count,
        share(pending_count, n16_count) as own_share,
        before_pending_count as before_count,
        cast(null as decimal(38, 6)) as before_share
    from totals
    union all
    select
        3 as place,
        'Outages and restorations that do not match (defects)' as figure,
        alert_count as own_count,
        cast(null as bigint) as of_count,
        cast(null as decimal(38, 6)) as own_share,
        before_count,
        cast(null as decimal(38, 6)) as before_share
    from checks
    union all
    select
        3 + row_number() over (order by alert_code) as place,
        alert_name || ' (' || alert_code || ')' as figure,
        alert_count as own_count,
        cast(null as bigint) as of_count,
        cast(null as decimal(38, 6)) as own_share,
        before_count,
        cast(null as decimal(38, 6)) as before_share
    from alerts

)

select * from final
order by place
