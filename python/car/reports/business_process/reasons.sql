-- One row per business process and failure reason: the most frequent first.
with

counted as (
    select
        business_process,
        failure_reason_code,
        max(failure_description) as failure_description,
        cast(sum(failure_count) as bigint) as failure_count
    from failures
    group by business_process, failure_reason_code
)

select
    business_process as key,
    case failure_reason_code when 'NO_RESPONSE' then 'none' when 'NO_CODE' then 'none' else failure_reason_code end
        as code,
    failure_reason_code,
    coalesce(
        failure_description,
        case failure_reason_code
            when 'NO_RESPONSE' then 'No response was received'
            when 'NO_CODE' then 'A response without a code'
            else 'A code without a known name'
        end
    ) as name,
    failure_count,
    share(failure_count, sum(failure_count) over (partition by business_process)) as share_of_failures
from counted
order by business_process asc, failure_count desc, failure_reason_code asc
