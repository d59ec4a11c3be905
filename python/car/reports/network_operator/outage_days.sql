-- Grain: one row per check and day with an alert that does not pair.
with

outages as (

    select * from outage_restoration_summary

),

checks as (

    select * from outage_checks

),

final as (

    select
        checks.place,
        checks."check",
        outages.day,
        outages.count as alert_count
    from outages
    inner join checks
        on outages."check" = checks."check"

)

select * from final
order by
    place,
    day
