-- One row per reason why alerts that the filters leave were not delivered: the most frequent first.
with

counted as (
    select
        failure_reason_code,
        cast(sum(alert_count) as bigint) as undelivered_count
    from alert
    where outcome = 'Failed'
    group by failure_reason_code
)

select
    counted.failure_reason_code as failure_reason_code_as_is,
    case
        when counted.failure_reason_code in ('NO_RESPONSE', 'NO_CODE') then ''
        else counted.failure_reason_code || ' '
    end
    || coalesce(
        response_codes.name,
        case counted.failure_reason_code
            when 'NO_RESPONSE' then 'No response was received'
            when 'NO_CODE' then 'A response without a code'
            else '(without a known name)'
        end
    ) as name,
    counted.undelivered_count,
    share(counted.undelivered_count, sum(counted.undelivered_count) over ()) as undelivered_share
from counted
left join reference.response_codes on counted.failure_reason_code = response_codes.failure_reason_code
order by counted.undelivered_count desc, counted.failure_reason_code asc
limit 20
