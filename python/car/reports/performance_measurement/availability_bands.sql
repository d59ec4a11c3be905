-- one row per Service: its availability by hours of the day and week, all regions together
with

availability as (
    from industry.availability
),

written as (
    select
        service,
        band,
        case state
            when 'Reported' then written_share(availability, null, null)
            else '–'
        end as cell
    from availability
    where component = 'ALL' and segment = 'ALL' and band != 'ALL'
),

final as (
    select
        service,
        coalesce(max(cell) filter (band = 'Weekday 08-20'), '–') as weekday_active,
        coalesce(max(cell) filter (band = 'Saturday 08-12'), '–') as saturday_active,
        coalesce(max(cell) filter (band = 'Weekday other'), '–') as weekday_other,
        coalesce(max(cell) filter (band = 'Saturday other'), '–') as saturday_other,
        coalesce(max(cell) filter (band = 'Sunday'), '–') as sunday
    from written
    group by service
)

select
    service,
    weekday_active,
    saturday_active,
    weekday_other,
    saturday_other,
    sunday
from final
order by service
