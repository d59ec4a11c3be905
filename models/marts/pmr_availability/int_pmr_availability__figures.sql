-- Grain: one row per Service or business process, part of it, segment, and band, day or all of the period.
{%- set scope = ['scope_kind', 'scope_name', 'scope_part', 'segment'] %}
with

scopes as (

    select * from {{ ref('int_pmr_availability__scopes') }}

),

times as (

    select * from {{ ref('int_pmr_availability__times') }}

),

bands as (

    select * from {{ ref('time_bands') }}

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

lists as (

    select * from {{ ref('fct_outage_lists') }}

),

splits as (

    -- Of a process the period alone is reported.
    select
        'ALL' as split,
        'ALL' as split_value,
        true as is_of_processes

    union all

    select
        'band' as split,
        band as split_value,
        false as is_of_processes
    from bands

    union all

    select
        'day' as split,
        cast(day as string) as split_value,
        false as is_of_processes
    from days

),

summed as (

    select
        {{ scope | join(',\n        ') }},
        'ALL' as split,
        'ALL' as split_value,
        cast(sum(total_us) as bigint) as total_us,
        cast(sum(planned_us) as bigint) as planned_us,
        cast(sum(unplanned_us) as bigint) as unplanned_us
    from times
    group by
        {{ scope | join(',\n        ') }}

    union all

    select
        {{ scope | join(',\n        ') }},
        'band' as split,
        band as split_value,
        cast(sum(total_us) as bigint) as total_us,
        cast(sum(planned_us) as bigint) as planned_us,
        cast(sum(unplanned_us) as bigint) as unplanned_us
    from times
    group by
        {{ scope | join(',\n        ') }},
        band

    union all

    select
        {{ scope | join(',\n        ') }},
        'day' as split,
        cast(day as string) as split_value,
        cast(sum(total_us) as bigint) as total_us,
        cast(sum(planned_us) as bigint) as planned_us,
        cast(sum(unplanned_us) as bigint) as unplanned_us
    from times
    group by
        {{ scope | join(',\n        ') }},
        day

),

known as (

    -- Without the whole list of outages nothing is known of downtime: what is not on a list is not 100 %. Without any
    -- file of it nothing is told.
    select
        scopes.{{ scope | join(',\n        scopes.') }},
        scopes.is_applicable,
        lists.is_complete,
        case
            when scopes.state_reason is not null then scopes.state_reason
            when scopes.is_applicable and not lists.is_complete then 'no list of outages after the period'
        end as state_reason,
        splits.split,
        splits.split_value,
        case when lists.is_loaded then summed.total_us end as total_us,
        case when lists.is_complete then summed.planned_us end as planned_us,
        case when lists.is_complete then summed.unplanned_us end as unplanned_us,
        case when lists.is_complete then summed.total_us - summed.planned_us end as expected_us,
        case when lists.is_complete then summed.total_us - summed.planned_us - summed.unplanned_us end as available_us
    from scopes
    inner join splits
        on scopes.scope_kind = 'service' or splits.is_of_processes
    cross join lists
    left join summed
        on
            {{ is_same_in('scopes', 'summed', scope) }}
            and splits.split = summed.split
            and splits.split_value = summed.split_value

),

judged as (

    select
        known.*,
        {{ decimals_apart('available_us', 'expected_us', 6) }} as decimals,
        {{ pmr_state('false', 'expected_us', 'is_applicable') }} as state
    from known

),

final as (

    select
        {{ scope | join(',\n        ') }},
        split,
        split_value,
        state,
        state_reason,
        total_us,
        planned_us,
        unplanned_us,
        expected_us,
        available_us,
        {{ number_text_with('available_us', 'expected_us', 'decimals') }} as availability
    from judged

)

select * from final
