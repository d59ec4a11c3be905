-- one row per figure that an applied exception changed
with

final as (
    from measure_rows
    where before_exceptions is not null
)

select
    measure_id,
    subject,
    segment_name,
    before_exceptions,
    after_exceptions,
    coalesce(status, '–') as status
from final
order by section, measure_id, segment_position, split, split_value
