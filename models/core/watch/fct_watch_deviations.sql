-- Grain: one row per window, feed, kind of subject, subject and measure whose count has left its band.
with

bands as (

    select * from {{ ref('fct_watch_bands') }}

),

final as (

    select
        window_from,
        window_to,
        feed,
        subject_kind,
        subject,
        measure,
        row_count,
        median_count,
        spread_count,
        least_count,
        most_count,
        week_count,
        is_above
    from bands
    where has_left_band

)

select * from final
