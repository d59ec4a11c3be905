-- one row per business process, with its variants: how available it was, and whether it was degraded
with

process_availability as (
    from industry.process_availability
),

written as (
    select
        business_process,
        variant,
        segment,
        status,
        case state
            when 'Reported' then written_share(level, null, null)
            when 'No Events' then '–'
            else 'n/a'
        end as level,
        written_share(previous_level, null, null) as previous
    from process_availability
),

final as (
    select
        written.business_process || coalesce(' (' || written.variant || ')', '') as process_name,
        written.business_process,
        written.variant,
        coalesce(processes.position, 12) as process_position,
        max(written.level) filter (written.segment = 'ALL') as level,
        coalesce(max(written.previous) filter (written.segment = 'ALL'), '–') as previous,
        max(written.level) filter (written.segment = 'SMETS2') as smets2,
        max(written.level) filter (written.segment = 'SMETS1') as smets1,
        coalesce(max(written.status), '–') as status
    from written
    left join processes on written.business_process = processes.business_process
    group by written.business_process, written.variant, processes.position
)

select
    process_name,
    level,
    previous,
    smets2,
    smets1,
    status
from final
order by process_position, variant
