{{ config(group='reporting') }}
-- docs/performance_measurement/measures.md says which model reckons a figure, from the seed: it comes from there.
-- depends_on: {{ ref('mart_pmr_summary__reconciliation') }}
with

figures as (

    select * from {{ ref('int_pmr_summary__figures') }}

),

measure_feeds as (

    select * from {{ ref('pmr_measure_feeds') }}

)

select distinct
    figures.measure_id,
    figures.reckoned_by,
    'seed pmr_measure_feeds names another model for ' || figures.measure_id
    || ' than ' || figures.reckoned_by as says
from figures
left join measure_feeds
    on
        figures.measure_id = measure_feeds.measure_id
        and figures.reckoned_by = measure_feeds.model
where measure_feeds.measure_id is null
