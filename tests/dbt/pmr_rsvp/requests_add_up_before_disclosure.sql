{{ config(group='reporting') }}
-- depends_on: {{ ref('mart_pmr_rsvp__rsvp_daily') }}
-- A total of requests is the sum of its parts, whatever is withheld: regions, SRVs, Device Types, classes and days; and
-- iterations add up over regions.
{%- set counts = request_counts() %}
{%- set day_counts = ['request_count', 'pending_count', 'failure_count', 'delivery_failure_count', 'measured_count'] %}
with

figures as (

    select *
    from {{ ref('int_pmr_rsvp__figures') }}
    where not is_remainder and is_applicable

),

days as (

    select *
    from {{ ref('int_pmr_rsvp__day_figures') }}
    where not is_remainder and is_applicable

),

iterations as (

    select *
    from {{ ref('int_pmr_rsvp__iteration_figures') }}
    where not is_remainder and is_applicable

),

months as (

    select *
    from figures
    where split = 'ALL'

),

{% set lines = {
    'regions': ("segment not in ('SMETS2', 'SMETS1') and split = 'ALL'", {'segment': "'SMETS2'"}),
    'srvs': ("srv != 'ALL' and split = 'ALL'", {'srv': "'ALL'"}),
    'types or classes': ("srv = 'ALL' and split != 'ALL'", {}),
} -%}

parts as (

    {% for line, (is_part, total) in lines.items() -%}
    {{ 'union all ' if not loop.first }}select
        '{{ line }}' as kind,
        split as split_of_parts,
        business_process,
        {{ total.get('srv', 'srv') }} as srv,
        {{ total.get('segment', 'segment') }} as segment,
        {{ sums_of(counts) }}
    from figures
    where {{ is_part }}
    group by
        split,
        business_process,
        {{ total.get('srv', 'srv') }},
        {{ total.get('segment', 'segment') }}
    {% endfor %}

),

days_of_months as (

    select
        business_process,
        srv,
        segment,
        {{ sums_of(day_counts) }}
    from days
    group by
        business_process,
        srv,
        segment

),

regions_of_days as (

    select
        business_process,
        srv,
        day,
        {{ sums_of(day_counts) }}
    from days
    where srv = 'ALL' and segment not in ('SMETS2', 'SMETS1')
    group by
        business_process,
        srv,
        day

),

srvs_of_days as (

    select
        business_process,
        segment,
        day,
        {{ sums_of(day_counts) }}
    from days
    where srv != 'ALL'
    group by
        business_process,
        segment,
        day

),

iteration_sums as (

    select
        business_process,
        sum(iteration_count) as iteration_count,
        sum(case when segment = 'SMETS2' then iteration_count end) as total_count
    from iterations
    where segment != 'SMETS1'
    group by business_process

),

broken as (

    select
        parts.kind,
        parts.business_process,
        parts.srv,
        parts.segment
    from parts
    inner join months
        on {{ is_same_in('parts', 'months', ['business_process', 'srv', 'segment']) }}
    where not ({{ is_same_in('parts', 'months', counts) }})

    union all

    select
        'days' as kind,
        days_of_months.business_process,
        days_of_months.srv,
        days_of_months.segment
    from days_of_months
    inner join months
        on {{ is_same_in('days_of_months', 'months', ['business_process', 'srv', 'segment']) }}
    where not ({{ is_same_in('days_of_months', 'months', day_counts) }})

    union all

    select
        'regions of a day' as kind,
        days.business_process,
        days.srv,
        days.segment
    from regions_of_days
    inner join days
        on {{ is_same_in('regions_of_days', 'days', ['business_process', 'srv', 'day']) }}
    where days.segment = 'SMETS2' and not ({{ is_same_in('regions_of_days', 'days', day_counts) }})

    union all

    select
        'srvs of a day' as kind,
        days.business_process,
        days.srv,
        days.segment
    from srvs_of_days
    inner join days
        on {{ is_same_in('srvs_of_days', 'days', ['business_process', 'segment', 'day']) }}
    where days.srv = 'ALL' and not ({{ is_same_in('srvs_of_days', 'days', day_counts) }})

    union all

    select
        'iterations' as kind,
        business_process,
        'ALL' as srv,
        'SMETS2' as segment
    from iteration_sums
    where iteration_count != 2 * total_count

)

select
    *,
    'Requests, before disclosure: ' || kind || ' of ' || business_process || ' ' || srv || ' in ' || segment
    || ' do not add up to their total' as says
from broken
