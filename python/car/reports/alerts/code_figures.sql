-- Grain: one row per alert code of the month, and one for all together (`ALL`), its figures of both months beside each other.
with

monthly as (

    select * from monthly

),

delivery_time as (

    select * from delivery_time

),

monthly_before as (

    select * from before.monthly

),

delivery_time_before as (

    select * from before.delivery_time

),

final as (

    select
        monthly.alert_code,
        coalesce(nullif(monthly.alert_name, ''), 'No name known') as alert_name,
        monthly.own_volume,
        monthly.own_suppressed_volume,
        coalesce(delivery_time.own_measured, 0) as own_delivered,
        monthly.own_success_rate,
        monthly.own_within_target_rate,
        monthly.own_mean_delivery_s,
        delivery_time.own_median_s,
        delivery_time.own_p99_s,
        monthly.industry_success_rate,
        monthly.industry_success_rate is null and monthly.industry_suppressed as is_industry_rate_withheld,
        coalesce(delivery_time.industry_mean_s, monthly.industry_mean_delivery_s) as industry_mean_s,
        delivery_time.industry_median_s,
        delivery_time.industry_worst_s,
        coalesce(delivery_time.industry_suppressed, monthly.industry_suppressed) as is_industry_speed_withheld,
        monthly_before.own_volume as before_volume,
        monthly_before.own_success_rate as before_success_rate,
        monthly_before.own_within_target_rate as before_within_target_rate,
        monthly_before.own_mean_delivery_s as before_mean_s,
        delivery_time_before.own_median_s as before_median_s,
        delivery_time_before.own_p99_s as before_p99_s,
        -- Failures beyond those that the industry's share leads one to expect: drawn and sorted by, never printed.
        monthly.own_volume * (monthly.industry_success_rate - monthly.own_success_rate) as excess
    from monthly
    left join delivery_time
        on monthly.alert_code = delivery_time.alert_code
    left join monthly_before
        on monthly.alert_code = monthly_before.alert_code
    left join delivery_time_before
        on monthly.alert_code = delivery_time_before.alert_code

)

select * from final
order by alert_code
