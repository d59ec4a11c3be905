-- Requirement FIA 2.2.1: of the iterations of a process, how many had a delivery failure, and how many any failure.
-- Grain: one row per business process and segment.
with

figures as (

    select * from {{ ref('int_pmr_rsvp__iteration_figures') }}

),

feeds as (

    select * from {{ ref('dim_landing_feeds') }}
    where feed = 'service_requests'

),

stated as (

    select
        figures.*,
        {{ pmr_state('figures.is_withheld', 'figures.iteration_count', 'figures.is_applicable') }} as state,
        feeds.is_loaded
    from figures
    cross join feeds

),

judged as (

    select
        stated.*,
        state in ('Reported', 'No Events') and is_loaded as has_counts
    from stated

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        business_process,
        segment,
        case when has_counts then iteration_count end as iterations,
        case when has_counts then with_delivery_failure_count end as with_delivery_failure,
        case when has_counts then with_failure_count end as with_any_failure,
        case
            when state = 'Reported' then {{ share('with_delivery_failure_count', 'iteration_count', 6) }}
        end as delivery_failure_share,
        case
            when state = 'Reported' then {{ share('with_failure_count', 'iteration_count', 6) }}
        end as any_failure_share,
        state
    from judged

)

select * from final
