-- one row per measure, business process and SRV, its figures side by side by segment
with

final as (
    from figures_by_segment
    where section = 3 and kind = 'M' and not is_whole and split = 'ALL' and reported_count > 0
)

select
    key,
    part,
    measure_id || ' ' || srv_name as row_label,
    srv,
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
order by process_position, measure_id, srv_group, srv_position, srv, split, split_value
