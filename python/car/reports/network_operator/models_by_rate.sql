-- Grain: one row per alert code (the part), Device Type, manufacturer and model with alerts: beside how many there are.
with

final as (

    select
        alert_code as part,
        model,
        device_type,
        alert_count,
        total_count,
        alert_share,
        before_count,
        device_count,
        -- Half away from zero in whole numbers: to round a rounded share would round twice.
        case
            when device_count > 0 then cast((200 * alert_count + device_count) // (2 * device_count) as bigint)
        end as alerts_per_hundred,
        is_of_other,
        coalesce(
            device_count >= 10
            and share(alert_count, device_count)
            = max(share(alert_count, device_count)) filter (where device_count >= 10) over (partition by alert_code),
            false
        ) as is_most_per_hundred,
        place
    from failing_models

)

select * from final
order by
    part,
    place
