-- one row per figure and Device Type of estate health (part 10) or trial metrics (part 13) that has one
with

final as (
    from figures_by_segment
    where section in (10, 13) and split = 'device_type' and bare_id != 'EH2' and reported_count > 0
)

select
    cast(section as varchar) as part,
    measure_id,
    measure_name,
    split_name as device_type,
    unit,
    smets2_in_numbers,
    smets1_in_numbers
from final
order by section, measure_id, split_value
