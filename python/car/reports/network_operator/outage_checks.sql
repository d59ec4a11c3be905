-- Grain: one row per check of outages and restorations.
with

checks as (

    select
        listed."check",
        listed.place,
        listed.check_name
    from (
        values
        ('defect', 1, 'Defects: AD1 with neither restoration, or 8F36 with no AD1'),
        ('AD1_without_8F35', 2, 'Outage AD1 with no restoration 8F35'),
        ('AD1_without_8F36', 3, 'Outage AD1 with no long restoration 8F36'),
        ('8F35_without_AD1', 4, 'Restoration 8F35 with no outage AD1'),
        ('8F36_without_AD1', 5, 'Long restoration 8F36 with no outage AD1')
    ) as listed ("check", place, check_name)

),

days as (

    -- The first of the days with the most.
    select
        "check",
        day,
        count as alert_count,
        row_number() over (partition by "check" order by count desc, day asc) as place
    from outage_restoration_summary

),

outages as (

    select
        "check",
        sum(alert_count) as alert_count,
        count(*) as day_count,
        max(alert_count) as most_on_a_day,
        max(day) filter (where place = 1) as day_with_most
    from days
    group by "check"

),

outages_before as (

    select
        "check",
        sum(count) as alert_count
    from before.outage_restoration_summary
    group by "check"

),

recipient as (

    select * from release.recipient

),

final as (

    select
        checks."check",
        checks.place,
        checks.check_name as name,
        coalesce(outages.alert_count, 0) as alert_count,
        coalesce(outages.day_count, 0) as day_count,
        outages.most_on_a_day,
        outages.day_with_most,
        -- A check without rows found nothing; a month that is not there is not told.
        case when recipient.has_before then coalesce(outages_before.alert_count, 0) end as before_count
    from checks
    cross join recipient
    left join outages
        on checks."check" = outages."check"
    left join outages_before
        on checks."check" = outages_before."check"

)

select * from final
order by place
