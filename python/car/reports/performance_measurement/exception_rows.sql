-- one row per exception that was asked for
with

exceptions as (
    from industry.exceptions
),

final as (
    select
        exceptions.exception_id,
        exceptions.measure_id,
        coalesce(segments.segment_name, exceptions.segment) as segment_name,
        coalesce(written(exceptions.excluded_count, 0), '–') as excluded_count,
        coalesce(exceptions.reason, '') as reason,
        exceptions.is_applied,
        case when exceptions.is_applied then 'applied' else 'refused: ' || coalesce(exceptions.refusal, '') end
            as outcome
    from exceptions
    left join segments on exceptions.segment = segments.segment
)

select
    exception_id,
    measure_id,
    segment_name,
    excluded_count,
    reason,
    is_applied,
    outcome
from final
order by is_applied desc, exception_id asc
