-- Grain: one row per day with a defect.
with

final as (

    select
        day,
        alert_count
    from outage_days
    where "check" = 'defect'

)

select * from final
order by day
