-- one row per business process with a measure, in Table 4's order; a page of section 3 each
with

counted as (
    select
        business_process,
        count(*) filter (status = 'Met') as met_count,
        count(*) filter (is_missed) as missed_count,
        count(*) filter (status = 'No target') as no_target_count,
        count(*) filter (state = 'Withheld') as withheld_count
    from measure_rows
    where section = 3 and kind = 'M'
    group by business_process
),

final as (
    select
        processes.key,
        processes.position,
        processes.business_process,
        counted.met_count,
        counted.missed_count,
        counted.no_target_count,
        counted.withheld_count
    from processes
    inner join counted on processes.business_process = counted.business_process
)

select
    key,
    position,
    business_process,
    met_count,
    missed_count,
    no_target_count,
    withheld_count
from final
order by position
