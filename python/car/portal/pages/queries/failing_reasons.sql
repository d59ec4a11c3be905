-- One row per reason of the failures that the filters leave: the most frequent first.
with

counted as (
    select
        failure_reason_code,
        max(failure_description) as failure_description,
        cast(sum(failure_count) as bigint) as failure_count
    from failures
    group by failure_reason_code
)

select
    failure_reason_code as failure_reason_code_as_is,
    case when failure_reason_code in ('NO_RESPONSE', 'NO_CODE') then '' else failure_reason_code || ' ' end
    || coalesce(
        failure_description,
        case failure_reason_code
            when 'NO_RESPONSE' then 'No response was received'
            when 'NO_CODE' then 'A response without a code'
            else '(without a known name)'
        end
    ) as name,
    failure_count,
    share(failure_count, sum(failure_count) over ()) as share_of_failures,
    count(*) over () as line_count
from counted
order by failure_count desc, failure_reason_code asc
limit 20
