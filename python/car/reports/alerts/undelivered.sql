-- Grain: one row per alert code with undelivered alerts.
with

alert as (

    select * from alert

),

final as (

    select
        file_name as key,
        sum(alert_count)::bigint as undelivered
    from alert
    where outcome = 'Failed'
    group by file_name

)

select * from final
order by key
