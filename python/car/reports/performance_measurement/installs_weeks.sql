-- one row per week: Devices installed in SMETS2 against those of the week before, where each day is shown
with

installs_daily as (
    from industry.installs_daily
    where measure = 'successful_installs' and device_type = 'ALL' and segment = 'SMETS2' and day is not null
),

final as (
    select
        iso_week,
        count(*) as day_count,
        sum(value) as installed,
        case when count(predicted) = count(*) then sum(predicted) end as predicted
    from installs_daily
    group by iso_week
    having bool_and(state in ('Reported', 'No Events'))
)

select
    'Install and Commission' as key,
    iso_week,
    day_count,
    installed,
    coalesce(written(predicted, 0), '–') as predicted,
    coalesce(
        written(share(installed, predicted) * 100, 4) || ' %', '–'
    ) as share_of_predicted
from final
order by iso_week
