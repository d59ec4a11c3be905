-- one row per figure as a whole of estate health (part 10) or trial metrics (part 13) that has one, by segment
with

final as (
    from figures_by_segment
    where section in (10, 13) and split = 'ALL' and all_segments = '' and bare_id != 'EH2' and reported_count > 0
)

select
    cast(section as varchar) as part,
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
order by section, measure_id
