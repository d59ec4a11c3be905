-- one row per reported segment, or Device Type in it, of alerts within their target
with

final as (
    from measure_rows
    where measure_id = 'A1' and state = 'Reported'
)

select
    segment_name,
    coalesce(split_name, 'All Device Types') as device_type,
    coalesce(target, '–') as target,
    coalesce(minimum, '–') as minimum,
    parts,
    actual,
    coalesce(previous, '–') as previous,
    concat_ws(
        '. ',
        case when status != 'No target' then status end,
        short_commentary(true, commentary, 300)
    ) as commentary
from final
order by split != 'ALL', segment_position, split_value
