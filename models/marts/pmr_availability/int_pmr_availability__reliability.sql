-- Grain: one row per Service, and `Unmapped` for the incidents of no Service.
with

figures as (

    select *
    from {{ ref('int_pmr_availability__figures') }}
    where
        scope_kind = 'service'
        and scope_part = 'ALL'
        and segment = 'ALL'
        and split = 'ALL'

),

downtime as (

    select *
    from {{ ref('int_pmr_availability__downtime') }}
    where
        scope_kind = 'service'
        and scope_part = 'ALL'
        and segment = 'ALL'
        and is_unplanned

),

incidents as (

    select *
    from {{ ref('fct_incidents') }}
    where
        is_raised
        and (is_major or is_dcc_responsible)

),

lists as (

    select * from {{ ref('fct_outage_lists') }}

),

feeds as (

    select *
    from {{ ref('dim_landing_feeds') }}
    where feed = 'incidents'

),

services as (

    select scope_name as service
    from figures

    union all

    select 'Unmapped' as service

),

events as (

    select
        scope_name,
        count(*) as event_count
    from downtime
    group by scope_name

),

raised as (

    select
        service,
        count(*) filter (where category = 1) as incidents_1,
        count(*) filter (where category = 2) as incidents_2,
        count(*) filter (where category = 3) as incidents_3,
        count(*) filter (where category = 4) as incidents_4,
        count(*) filter (where category = 5) as incidents_5
    from incidents
    group by service

),

final as (

    select
        services.service,
        {% for category in range(1, 6) -%}
        case when feeds.is_loaded then coalesce(raised.incidents_{{ category }}, 0) end as incidents_{{ category }},
        {% endfor -%}
        case when lists.is_complete and services.service != 'Unmapped' then coalesce(events.event_count, 0) end
            as event_count,
        figures.planned_us,
        figures.unplanned_us,
        figures.available_us,
        figures.state_reason,
        case when lists.is_complete then 'Reported' else 'No Events' end as state
    from services
    cross join lists
    cross join feeds
    left join figures
        on services.service = figures.scope_name
    left join events
        on services.service = events.scope_name
    left join raised
        on services.service = raised.service

)

select * from final
