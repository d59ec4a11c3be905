{{ config(group='reporting') }}
-- The incidents of incidents.csv are those of all that counts or names highlighted incidents: reliability, CPM4, MI1,
-- MI2, the statistics and the days that are shaded.
{%- set highlighted = "'" ~ var('highlighted_incident_categories') | join("', '") ~ "'" %}
with

incidents as (

    select * from {{ ref('mart_pmr_incidents__incidents') }}

),

measures as (

    select * from {{ ref('int_pmr_incidents__measures') }}

),

statistics as (

    select * from {{ ref('mart_pmr_incidents__incident_statistics') }}
    where
        smets_version = 'ALL'
        and resolver_group = 'ALL'

),

reliability as (

    select * from {{ ref('int_pmr_availability__reliability') }}

),

days as (

    select * from {{ ref('fct_major_incident_days') }}

),

listed as (

    select
        count(*) filter (where is_raised) as raised_count,
        count(*) filter (where is_raised and category = 1) as raised_1_count,
        count(*) filter (where is_raised and category = 2) as raised_2_count,
        count(*) filter (where is_closed) as closed_count,
        count(*) filter (where is_open) as open_count,
        count(*) filter (where in_cpm4) as cpm4_count,
        count(*) filter (where within_target) as in_time_count
    from incidents

),

compared as (

    select
        'CPM4' as place,
        coalesce(max(measures.denominator), 0) = max(listed.cpm4_count)
        and coalesce(max(measures.numerator), 0) = max(listed.in_time_count) as is_same
    from listed
    left join measures
        on
            measures.measure_id = 'CPM4'
            and measures.segment = 'ALL'
            and measures.split = 'ALL'

    union all

    select
        'MI2' as place,
        coalesce(max(measures.value_part), 0) = max(listed.raised_2_count) as is_same
    from listed
    left join measures
        on measures.measure_id = 'MI2'

    union all

    select
        'MI1' as place,
        coalesce(max(measures.value_part), 0) >= max(listed.raised_1_count) as is_same
    from listed
    left join measures
        on measures.measure_id = 'MI1'

    union all

    select
        'reliability.csv' as place,
        coalesce(sum(reliability.incidents_1), 0) = max(listed.raised_1_count)
        and coalesce(sum(reliability.incidents_2), 0) = max(listed.raised_2_count) as is_same
    from listed
    cross join reliability

    union all

    select
        'incident_statistics.csv' as place,
        coalesce(sum(statistics.raised), 0) = max(listed.raised_count)
        and coalesce(sum(statistics.closed), 0) = max(listed.closed_count)
        and coalesce(sum(statistics.open), 0) = max(listed.open_count) as is_same
    from listed
    left join statistics
        on statistics.category in ({{ highlighted }})

    union all

    -- A day after the as-of instant is shaded by what is to come.
    select
        'the shaded days' as place,
        count(*) filter (where incidents.incident_id is null) = 0 as is_same
    from days
    left join incidents
        on days.incident_id = incidents.incident_id
    where cast(days.day as timestamp) < {{ as_of() }}

)

select 'incidents.csv has other incidents than ' || place || '.' as says
from compared
where not is_same
