-- one row per figure about defects, by severity
with

final as (
    from measure_rows
    where section = 11 and starts_with(measure_id, 'DEF') and state = 'Reported'
)

select
    measure_id,
    measure_name,
    coalesce(split_name, 'all severities') as severity,
    actual,
    coalesce(previous, '–') as previous
from final
order by measure_id, split != 'ALL', split_value
