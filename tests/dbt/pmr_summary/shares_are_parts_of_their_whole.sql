{{ config(group='reporting') }}
-- Check share_range: of each share the numerator is not below 0 and not above the denominator, before exceptions and
-- after.
-- depends_on: {{ ref('mart_pmr_summary__reconciliation') }}
with

measure_rows as (

    select
        measure_id,
        segment,
        split,
        split_value,
        unit,
        numerator,
        denominator,
        value_part,
        value_whole
    from {{ ref('int_pmr_summary__rows') }}

    union all

    select
        measure_id,
        segment,
        split,
        split_value,
        unit,
        numerator,
        denominator,
        value_part,
        value_whole
    from {{ ref('int_pmr_summary__judged_rows') }}

)

select
    measure_id,
    segment,
    numerator,
    denominator,
    'measures.csv: ' || measure_id || ' of segment ' || segment || ', ' || split || ' ' || coalesce(split_value, '')
    || ', is no share between 0 and 1' as says
from measure_rows
where
    unit = 'share'
    and (
        not coalesce(numerator between 0 and denominator, numerator is null and denominator is null)
        or not coalesce(value_part between 0 and value_whole, value_part is null and value_whole is null)
    )
