-- one row per figure about throttling
with

final as (
    from measure_rows
    where section = 11 and starts_with(measure_id, 'TH') and state = 'Reported'
)

select
    measure_id,
    measure_name,
    actual,
    coalesce(previous, '–') as previous
from final
order by measure_id
