-- one row per figure about Incidents and category, side by side by SMETS version
with

final as (
    from figures_by_segment
    where section = 7 and kind = 'I' and reported_count > 0
)

select
    measure_id,
    measure_name,
    coalesce(split_name, 'All') as category,
    unit,
    all_segments,
    smets2,
    smets1,
    unknown_region
from final
order by measure_id, split, split_value
