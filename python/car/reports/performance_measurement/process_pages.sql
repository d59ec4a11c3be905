-- one row per business process: the pages of its measures and of its indicators
with

final as (
    select
        processes.position,
        processes.business_process,
        case when measure_processes.key is not null then 'measures_of:' || processes.key end as measures_page,
        case when indicator_processes.key is not null then 'indicators_of:' || processes.key end as indicators_page
    from processes
    left join measure_processes on processes.key = measure_processes.key
    left join indicator_processes on processes.key = indicator_processes.key
)

select
    concat_ws(
        ', ',
        case when measures_page is not null then '3.' || position end,
        case when indicators_page is not null then '4.' || position end
    ) || ' ' || business_process as process_name,
    measures_page,
    indicators_page
from final
where measures_page is not null or indicators_page is not null
order by position
