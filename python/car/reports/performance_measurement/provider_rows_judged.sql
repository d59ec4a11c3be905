-- one row per measure that a Service Provider or the DCC reports, with a target
with

final as (
    from provider_rows
    where has_target
)

select
    measure_id,
    measure_name,
    segment_name,
    service_provider,
    value,
    parts,
    target,
    minimum,
    status
from final
order by line_number
