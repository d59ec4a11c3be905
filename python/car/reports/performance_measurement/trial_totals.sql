-- one row per trial metric that is told of Great Britain alone
with

final as (
    from figures_by_segment
    where section = 13 and all_segments != '' and reported_count > 0
)

select
    measure_id,
    measure_name,
    all_segments as actual
from final
order by measure_id
