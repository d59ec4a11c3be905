-- one row per measure, business process that SMETS1 has not, and Device Type or target, its figures in SMETS2
with

final as (
    from figures_by_segment
    where section = 3 and kind = 'M' and split != 'ALL' and reported_count > 0 and not has_smets1
)

select
    key,
    measure_id,
    split_name,
    smets2_in_numbers
from final
order by process_position, measure_id, srv_group, srv_position, srv, split, split_value
