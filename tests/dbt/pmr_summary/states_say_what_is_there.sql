{{ config(group='reporting') }}
-- Check no_events: a value stands with Reported, and 0 with No Events of a count; nothing else stands for a value.
-- depends_on: {{ ref('mart_pmr_summary__reconciliation') }}
with

measure_rows as (

    select * from {{ ref('mart_pmr_summary__measures') }}

),

feeds as (

    select * from {{ ref('dim_landing_feeds') }}

),

measure_feeds as (

    select * from {{ ref('pmr_measure_feeds') }}

),

judged as (

    select
        measure_rows.*,
        coalesce(feeds.is_loaded, false) as is_loaded,
        coalesce(
            measure_rows.segment = 'Withheld' or measure_rows.srv = 'Withheld' or measure_rows.split_value = 'Withheld'
            or measure_rows.split_value is null,
            false
        ) as is_remainder
    from measure_rows
    inner join measure_feeds
        on measure_rows.measure_id = measure_feeds.measure_id
    left join feeds
        on measure_feeds.feed = feeds.feed

)

select
    measure_id,
    segment,
    state,
    value,
    'measures.csv: ' || measure_id || ' of segment ' || segment || ', ' || split || ' ' || coalesce(split_value, '')
    || ' is ' || state || ' with value ' || coalesce(value, 'none') as says
from judged
where
    not coalesce(
        case
            when state = 'Reported' then value is not null and (is_loaded or is_remainder)
            when state = 'No Events' and unit = 'count' and is_loaded and state_reason is null then value = '0'
            when state = 'No Events' and unit = 'count' and is_loaded then value is null or value = '0'
            else value is null
        end
        and (state != 'No Events' or is_loaded or (numerator is null and denominator is null and pending is null))
        and (state in ('Reported', 'No Events') or state_reason is not null)
        and not (state = 'Reported' and unit != 'count' and coalesce(denominator, '') = '0')
        and state in ('Reported', 'No Events', 'Not applicable', 'Withheld'),
        false
    )
    or not {{ matches("coalesce(value, '0')", '-?[0-9]+([.][0-9]+)?') }}
