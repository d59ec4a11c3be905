-- One row per check of outages and restorations that the filters leave: alerts that do not pair.
with

checks ("check", place, check_name) as (
    values
    ('defect', 1, 'Defects: AD1 with neither restoration, or 8F36 with no AD1'),
    ('AD1_without_8F35', 2, 'Outage AD1 with no restoration 8F35'),
    ('AD1_without_8F36', 3, 'Outage AD1 with no long restoration 8F36'),
    ('8F35_without_AD1', 4, 'Restoration 8F35 with no outage AD1'),
    ('8F36_without_AD1', 5, 'Long restoration 8F36 with no outage AD1')
),

outages as (
    select
        "check",
        cast(sum(count) as bigint) as alert_count,
        count(*) as day_count,
        max(count) as most_on_a_day,
        arg_max(day, (count, -epoch(day))) as day_with_most
    from outage_restoration_summary
    group by "check"
),

outages_before as (
    select
        "check",
        cast(sum(count) as bigint) as before_count
    from before.outage_restoration_summary
    group by "check"
)

select
    outages."check" as check_as_is,
    coalesce(checks.check_name, outages."check") as name,
    outages.alert_count,
    outages.day_count,
    outages.most_on_a_day,
    outages.day_with_most,
    outages_before.before_count
from outages
left join checks using ("check")
left join outages_before using ("check")
order by checks.place nulls last, outages."check"
