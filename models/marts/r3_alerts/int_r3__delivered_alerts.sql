-- Grain: one row per alert of the month that was delivered, suppressed ones left out.
with

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

final as (

    select
        destination_key as party_key,
        alert_code_key,
        delivery_time_ms
    from alerts
    where
        not is_storm_suppressed
        and delivery_time_ms is not null
        and {{ in_reporting_month('alert_start_at') }}

)

select * from final
