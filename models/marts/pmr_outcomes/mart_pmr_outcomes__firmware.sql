-- The industry report: what became of firmware updates.
-- Grain: one row per measure and segment, and in SMETS2 and SMETS1 per Device Type where the measure is split by it,
-- over the period.
with

cells as (

    select * from {{ ref('int_pmr_outcomes__cells') }}
    where family in ('DF1', 'DF1.1:devices', 'DF1.1:hubs', 'DF2', 'DF3', 'CHF1', 'CHF2')

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        family as measure_id,
        segment,
        split_value as device_type,
        {{ shown_count('row_count') }} as total,
        {{ shown_count('success_count') }} as success,
        {{ shown_count('failure_count') }} as failure,
        {{ shown_count('none_count') }} as none,
        {{ shown_count('pending_count') }} as pending,
        {{ shown_share('success_count') }} as share,
        {{ pmr_state('not is_shown', 'row_count', 'is_applicable') }} as state
    from cells

)

select * from final
