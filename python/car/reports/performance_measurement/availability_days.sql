-- one row per Service and day that has its availability in all regions together
with

availability_daily as (
    from industry.availability_daily
),

targets as (
    select
        split_value as service,
        max(target_value) as target,
        max(minimum_value) as minimum
    from measure_rows
    where measure_id = 'SA1' and segment = 'ALL'
    group by split_value
),

shown as (
    select
        availability_daily.service,
        availability_daily.day,
        day(availability_daily.day) as day_number,
        availability_daily.availability,
        targets.target,
        targets.minimum
    from availability_daily
    left join targets on availability_daily.service = targets.service
    where
        availability_daily.component = 'ALL'
        and availability_daily.segment = 'ALL'
        and availability_daily.state = 'Reported'
),

-- The worst day of a Service is told beside its bar.
final as (
    select
        *,
        dense_rank() over (order by service) as place,
        case
            when
                availability < 1
                and row_number() over (partition by service order by availability, day) = 1
                then written(availability * 100, 4) || ' %'
        end as lowest_text
    from shown
)

select
    service,
    place,
    day,
    day_number,
    availability,
    target,
    minimum,
    lowest_text
from final
order by service, day
