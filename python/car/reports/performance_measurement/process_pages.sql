-- one row per business process: the pages of its measures and of its indicators
with

final as (
    select
        processes.position,
        processes.business_process,
        'measures_of:' || measure_processes.key as measures_page,
        'indicators_of:' || indicator_processes.key as indicators_page
    from processes
    left join measure_processes on processes.key = measure_processes.key
    left join indicator_processes on processes.key = indicator_processes.key
)

select
    business_process,
    measures_page,
    indicators_page
from final
where measures_page is not null or indicators_page is not null
order by position
