-- Grain: one row per day that begins in the period, Device Type or ALL, and segment: the installs of the same weekday
-- one week before, by which those of the day are predicted, as they are shown.
with

days as (

    select
        day,
        {{ add_days('day', -var('prediction_days')) }} as predicted_from
    from {{ ref('dim_reporting_days') }}
    where day < {{ period_end() }}

),

shown_figures as (

    select * from {{ ref('int_pmr_estate__shown_figures') }}

),

final as (

    -- It repeats a value of this month or of the month before: it is shown where that is.
    select
        days.day,
        shown_figures.item as device_type,
        shown_figures.segment,
        shown_figures.amount as predicted,
        shown_figures.is_withheld
    from days
    inner join shown_figures
        on
            shown_figures.family = {{ family_predicted_from('days.predicted_from') }}
            and shown_figures.split = 'day'
            and shown_figures.split_value = cast(days.predicted_from as string)
    where not shown_figures.is_remainder

)

select * from final
