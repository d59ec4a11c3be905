{{ config(group='reporting') }}
-- No availability is told without the list of outages of the whole period, and what was down is below 100 %.
-- Of a file, so that a failure keeps no model from being built and `--force` can publish:
-- depends_on: {{ ref('mart_pmr_availability__availability') }}
with

figures as (

    select * from {{ ref('int_pmr_availability__figures') }}

),

lists as (

    select * from {{ ref('fct_outage_lists') }}

)

select
    'The availability of ' || figures.scope_name || ' (' || figures.scope_part || ', ' || figures.segment || ', '
    || figures.split_value || ') '
    || case
        when not lists.is_complete then 'is told without the list of outages after the period.'
        else 'reads as 100 %, and it was down.'
    end as says
from figures
cross join lists
where
    (figures.availability is not null and not lists.is_complete)
    or (figures.unplanned_us > 0 and cast(figures.availability as decimal(38, 18)) >= 1)
