-- one row per measure, business process and Device Type or target, its figures in SMETS2 and in SMETS1
with

final as (
    from figures_by_segment
    where section = 3 and kind = 'M' and split != 'ALL' and reported_count > 0
)

select
    key,
    part,
    measure_id,
    split_name,
    smets2_in_numbers,
    smets1_in_numbers
from final
order by process_position, measure_id, srv_group, srv_position, srv, split, split_value
