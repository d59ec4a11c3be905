-- The industry report: how many tries a top-up takes.
-- Grain: one row per segment, and in SMETS2 and SMETS1 per Device Type, over the series of top-ups that began in the
-- period.
with

cells as (

    select * from {{ ref('int_pmr_outcomes__cells') }}
    where family = 'PP1.2'

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        segment,
        split_value as device_type,
        {{ shown_count('row_count') }} as series,
        {{ shown_count('first_count') }} as first,
        {{ shown_count('second_count') }} as second,
        {{ shown_count('success_count - first_count - second_count') }} as later,
        {{ shown_count('failure_count') }} as failed,
        {{ shown_count('pending_count') }} as pending,
        {{ shown_share('first_count') }} as first_share,
        {{ shown_share('first_count + second_count') }} as within_two_share,
        {{ shown_share('success_count - first_count - second_count') }} as later_share,
        {{ shown_share('failure_count') }} as failed_share,
        {{ pmr_state('not is_shown', 'row_count') }} as state
    from cells

)

select * from final
