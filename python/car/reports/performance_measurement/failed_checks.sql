-- one row per check that would hold the release, and was lifted
with

checks as (
    select
        failed.value ->> 'name' as check_name,
        cast((failed.value ->> 'rows') as bigint) as case_count,
        failed.value -> 'says' as says
    from
        release.run as run,
        json_each(run.content -> 'performance_report' -> 'failed_checks') as failed
),

final as (
    select
        check_name,
        case_count,
        coalesce(list_aggregate(cast(says as varchar[]), 'string_agg', '; '), '') as cases
    from checks
)

select
    check_name,
    case_count,
    cases
from final
order by check_name
