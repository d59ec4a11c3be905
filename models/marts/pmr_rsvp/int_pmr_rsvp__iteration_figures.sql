-- Grain: one row per row of iterations.csv, the rows `Withheld` among them.
with

rectangle as (

    select * from {{ ref('int_pmr_rsvp__rectangle') }}
    where srv = 'ALL' and split = 'ALL'

),

iterations as (

    select * from {{ ref('int_pmr_rsvp__iterations') }}

),

shown as (

    select * from {{ ref('int_pmr_disclosure__cells') }}
    where family = 'ITER'

),

remainders as (

    select * from {{ ref('int_pmr_disclosure__remainders') }}
    where family = 'ITER'

),

counted as (

    select
        business_process,
        segment,
        cast(sum(iteration_count) as bigint) as iteration_count,
        cast(sum(with_delivery_failure_count) as bigint) as with_delivery_failure_count,
        cast(sum(with_failure_count) as bigint) as with_failure_count
    from iterations
    group by
        business_process,
        segment

),

final as (

    select
        rectangle.business_process,
        rectangle.segment,
        rectangle.is_applicable,
        not coalesce(shown.is_shown, true) as is_withheld,
        false as is_remainder,
        coalesce(counted.iteration_count, 0) as iteration_count,
        coalesce(counted.with_delivery_failure_count, 0) as with_delivery_failure_count,
        coalesce(counted.with_failure_count, 0) as with_failure_count
    from rectangle
    left join counted
        on
            rectangle.business_process = counted.business_process
            and rectangle.segment = counted.segment
    left join shown
        on
            rectangle.business_process = shown.business_process
            and rectangle.segment = shown.segment

    union all

    select
        remainders.business_process,
        remainders.segment,
        true as is_applicable,
        false as is_withheld,
        true as is_remainder,
        {{ remainder_sums(['iteration_count', 'with_delivery_failure_count', 'with_failure_count'], 'counted') }}
    from remainders
    inner join counted
        on
            remainders.business_process = counted.business_process
            and remainders.term_segment = counted.segment
    group by
        remainders.business_process,
        remainders.segment

)

select * from final
