-- one row per Device Type, and all together: how far its firmware is behind the Central Products List
with

final as (
    select
        split_value,
        coalesce(split_name, 'All') as device_type,
        max(cell) filter (measure_id = 'EH2:current') as current_version,
        max(cell) filter (measure_id = 'EH2:one_below') as one_below,
        max(cell) filter (measure_id = 'EH2:two_below') as two_below,
        max(cell) filter (measure_id = 'EH2:older') as older,
        max(cell) filter (measure_id = 'EH2:not_listed') as not_listed,
        count(*) filter (state = 'Reported') as reported_count
    from measure_rows
    where bare_id = 'EH2'
    group by split_value, split_name
)

select
    device_type,
    current_version,
    one_below,
    two_below,
    older,
    not_listed
from final
where reported_count > 0
order by split_value != 'ALL', device_type
