-- One row per alert code with a page and reason why alerts were not delivered: the most frequent first.
with

counted as (
    select
        alert.file_name as key,
        alert.failure_reason_code,
        cast(sum(alert.alert_count) as bigint) as undelivered_count
    from alert
    inner join code_pages on alert.file_name = code_pages.key
    where alert.outcome = 'Failed'
    group by alert.file_name, alert.failure_reason_code
)

select
    counted.key,
    case counted.failure_reason_code when 'NO_RESPONSE' then 'none' else counted.failure_reason_code end as code,
    counted.failure_reason_code,
    coalesce(
        response_codes.name,
        case counted.failure_reason_code
            when 'NO_RESPONSE' then 'No response was received'
            else 'A code without a known name'
        end
    ) as name,
    counted.undelivered_count,
    share(counted.undelivered_count, sum(counted.undelivered_count) over (partition by counted.key))
        as share_of_undelivered
from counted
left join reference.response_codes using (failure_reason_code)
order by counted.key asc, counted.undelivered_count desc, counted.failure_reason_code asc
