-- one row per resolver group, whether the DCC is responsible, and category with Incidents in the month
with

incident_statistics as (
    from industry.incident_statistics
),

final as (
    select
        resolver_group,
        case when dcc_responsible then 'DCC' else 'others' end as responsible,
        category,
        raised,
        closed,
        initial_in_time,
        resolved_in_time,
        coalesce(written(mean_hours, 2), '–') as mean_hours,
        coalesce(written(median_hours, 2), '–') as median_hours,
        coalesce(written(max_hours, 2), '–') as max_hours,
        open,
        open_over_90_days
    from incident_statistics
    where
        smets_version = 'ALL'
        and category != 'ALL'
        and resolver_group != 'ALL'
        and (raised > 0 or closed > 0 or open > 0)
)

select
    resolver_group,
    responsible,
    category,
    raised,
    closed,
    initial_in_time,
    resolved_in_time,
    mean_hours,
    median_hours,
    max_hours,
    open,
    open_over_90_days
from final
order by resolver_group = 'Unmapped', resolver_group, responsible, category
