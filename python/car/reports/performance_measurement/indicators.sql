-- one row per indicator of a business process with a figure, by month where it has months, side by side by segment
with

final as (
    from figures_by_segment
    where
        section = 4 and kind = 'I' and not starts_with(bare_id, 'RSVP') and reported_count > 0
        and split in ('ALL', 'month')
)

select
    key,
    part,
    measure_id,
    case when split = 'month' then measure_name || ', ' || split_value else measure_name end as measure_name,
    unit,
    smets2,
    north,
    central,
    south,
    north_4g,
    central_4g,
    south_4g,
    unknown_region,
    smets1
from final
order by process_position, measure_id, split, split_value
