{{ config(group='reporting') }}
-- In incident_statistics.csv the categories, SMETS versions and groups of resolvers add up to their ALL.
with

statistics as (

    select * from {{ ref('mart_pmr_incidents__incident_statistics') }}

),

weighted as (

    -- With ALL counted against its parts, each sum is 0.
    {% for split in ['category', 'smets_version', 'resolver_group'] -%}
    {{ 'union all\n\n    ' if not loop.first }}select
        '{{ split }}' as split,
        case when '{{ split }}' != 'category' then category end as category,
        case when '{{ split }}' != 'smets_version' then smets_version end as smets_version,
        case when '{{ split }}' != 'resolver_group' then resolver_group end as resolver_group,
        dcc_responsible,
        case when {{ split }} = 'ALL' then -1 else 1 end as weight,
        raised,
        closed,
        initial_in_time,
        resolved_in_time,
        open,
        open_over_90_days
    from statistics

    {% endfor %}
)

select 'In incident_statistics.csv the rows by ' || split || ' do not add up to ALL.' as says
from weighted
group by
    split,
    category,
    smets_version,
    resolver_group,
    dcc_responsible
having
    sum(weight * raised) != 0
    or sum(weight * closed) != 0
    or sum(weight * initial_in_time) != 0
    or sum(weight * resolved_in_time) != 0
    or sum(weight * open) != 0
    or sum(weight * open_over_90_days) != 0
