-- Grain: one row per alert code of alert_devices.csv (N13, N55).
with

alerts as (

    select
        alert_code,
        sum(alert_count) as alert_count
    from alert_devices
    group by alert_code

),

alerts_before as (

    select
        alert_code,
        sum(alert_count) as alert_count
    from before.alert_devices
    group by alert_code

),

names as (

    select
        alert_code,
        name
    from reference.alert_codes
    where alert_code in ('N13', 'N55')

),

recipient as (

    select * from release.recipient

),

final as (

    select
        names.alert_code,
        names.name as alert_name,
        coalesce(alerts.alert_count, 0) as alert_count,
        case when recipient.has_before then coalesce(alerts_before.alert_count, 0) end as before_count
    from names
    cross join recipient
    left join alerts
        on names.alert_code = alerts.alert_code
    left join alerts_before
        on names.alert_code = alerts_before.alert_code

)

select * from final
order by alert_code
