-- Grain: one row per alert code with a page and day of the month.
with

daily as (

    select * from daily

),

code_pages as (

    select * from code_pages

),

final as (

    select
        daily.alert_code as key,
        daily.day,
        extract('day' from daily.day)::bigint as day_number,
        daily.own_volume as volume,
        daily.own_success_rate as own_rate,
        daily.own_within_target_rate as within_target_rate,
        daily.own_mean_delivery_s as own_mean_s,
        daily.industry_success_rate as industry_rate,
        daily.industry_mean_delivery_s as industry_mean_s,
        daily.industry_success_rate is null and daily.industry_suppressed as is_withheld
    from daily
    inner join code_pages
        on daily.alert_code = code_pages.key

)

select * from final
order by key, day
