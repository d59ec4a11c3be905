-- one row per figure of trial metrics as a whole that has one, side by side by segment
with

final as (
    from figures_by_segment
    where section = 13 and split = 'ALL' and all_segments = '' and reported_count > 0
)

select
    measure_id,
    measure_name,
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
order by measure_id
