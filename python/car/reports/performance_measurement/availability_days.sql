-- one row per Service and day that has its availability in all regions together
with

availability_daily as (
    from industry.availability_daily
),

shown as (
    select
        service,
        day,
        day(day) as day_number,
        availability
    from availability_daily
    where
        component = 'ALL'
        and segment = 'ALL'
        and state = 'Reported'
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
                then written_share(availability, null, null) || ' %'
        end as lowest_text
    from shown
)

select
    service,
    place,
    day,
    day_number,
    availability,
    lowest_text
from final
order by service, day
