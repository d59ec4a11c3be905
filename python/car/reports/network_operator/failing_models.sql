-- Grain: one row per alert code (N13, N55), Device Type, manufacturer and model with alerts.
with

alerts as (

    select
        alert_code,
        device_type,
        device_manufacturer,
        device_model,
        sum(alert_count) as alert_count
    from alert_devices
    group by
        alert_code,
        device_type,
        device_manufacturer,
        device_model

),

alerts_before as (

    select
        alert_code,
        device_type,
        device_manufacturer,
        device_model,
        sum(alert_count) as alert_count
    from before.alert_devices
    group by
        alert_code,
        device_type,
        device_manufacturer,
        device_model

),

names as (

    select * from device_type_names

),

estate as (

    select
        device_type as graph_type,
        device_manufacturer,
        device_model,
        sum(device_count) as device_count
    from inventory.summary
    group by
        device_type,
        device_manufacturer,
        device_model

),

recipient as (

    select * from release.recipient

),

final as (

    select
        alerts.alert_code,
        alerts.device_type,
        alerts.device_model || ' (' || alerts.device_manufacturer || ')' as model,
        alerts.alert_count,
        sum(alerts.alert_count) over (partition by alerts.alert_code) as total_count,
        share(alerts.alert_count, sum(alerts.alert_count) over (partition by alerts.alert_code)) as alert_share,
        case when recipient.has_before then coalesce(alerts_before.alert_count, 0) end as before_count,
        -- A model of which the estate at the end of the month has none has no row in summary.csv.
        coalesce(estate.device_count, 0) as device_count,
        coalesce(names.graph_type, 'Other') = 'Other' as is_of_other,
        row_number() over (
            partition by alerts.alert_code
            order by
                alerts.alert_count desc,
                alerts.device_model asc,
                alerts.device_manufacturer asc,
                alerts.device_type asc
        ) as place
    from alerts
    cross join recipient
    left join names
        on alerts.device_type = names.device_type
    left join estate
        on
            coalesce(names.graph_type, 'Other') = estate.graph_type
            and alerts.device_manufacturer = estate.device_manufacturer
            and alerts.device_model = estate.device_model
    left join alerts_before
        on
            alerts.alert_code = alerts_before.alert_code
            and alerts.device_type = alerts_before.device_type
            and alerts.device_manufacturer = alerts_before.device_manufacturer
            and alerts.device_model = alerts_before.device_model

)

select * from final
order by
    alert_code,
    place
