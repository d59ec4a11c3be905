-- One row per Service and day: its availability in all regions together, unless one is asked for.
with

shown as (
    select
        service || case segment when 'ALL' then '' else ', ' || segment end as service,
        day,
        availability
    from availability_daily
    where component = 'ALL' and state = 'Reported'
    qualify segment = 'ALL' or count(*) filter (where segment = 'ALL') over () = 0
)

select
    service,
    dense_rank() over (order by service) as place,
    day,
    cast(extract(day from day) as bigint) as day_number,
    availability,
    availability < 1 as is_below,
    case
        when availability < 1 and row_number() over (partition by service order by availability, day) = 1
            then written_share(availability, null, null) || ' %'
    end as lowest_text
from shown
order by service, day
