-- one row per part of the report whose figures stay as they were published
with

parts as (
    select
        part.value ->> 'part' as part,
        cast((part.value ->> 'is_kept') as boolean) as is_kept,
        part.value ->> 'from' as kept_from
    from
        release.run as run,
        json_each(run.content -> 'performance_report' -> 'parts') as part
),

final as (
    from parts
    where is_kept
)

select
    part,
    kept_from
from final
order by part
