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

made_pages as (

    -- A page without rows is left out.
    select
        case when exists (select 1 from suppliers) then 'suppliers:' end as suppliers_page,
        case when exists (select 1 from outage_days) then 'outages:' end as outages_page,
        case when exists (select 1 from failing_models) then 'models:' end as models_page

),

final as (

    select
        1 as place,
        'Credentials of new meters handed over in time, of those that are decided' as name,
        met_count as own_count,
        decided_count as of_count,
        own_rate,
        before_met_count as before_count,
        before_rate,
        made_pages.suppliers_page as page
    from totals
    cross join made_pages
    union all
    select
        2 as place,
        'Handovers that are not decided yet, of all' as name,
        pending_count as own_count,
        n16_count as of_count,
        share(pending_count, n16_count) as own_rate,
        before_pending_count as before_count,
        cast(null as decimal(38, 6)) as before_rate,
        made_pages.suppliers_page as page
    from totals
    cross join made_pages
    union all
    select
        3 as place,
        'Outages and restorations that do not match (defects)' as name,
        alert_count as own_count,
        cast(null as bigint) as of_count,
        cast(null as decimal(38, 6)) as own_rate,
        before_count,
        cast(null as decimal(38, 6)) as before_rate,
        made_pages.outages_page as page
    from checks
    cross join made_pages
    union all
    select
        3 + row_number() over (order by alert_code) as place,
        alert_name || ' (' || alert_code || ')' as name,
        alert_count as own_count,
        cast(null as bigint) as of_count,
        cast(null as decimal(38, 6)) as own_rate,
        before_count,
        cast(null as decimal(38, 6)) as before_rate,
        made_pages.models_page as page
    from alerts
    cross join made_pages

)

select * from final
order by place
