-- One row per region and Device Type (the part) of the requests that the filters leave: most first.
with

counted as (
    select
        coalesce(region, '(empty)') as region,
        coalesce(device_type, '(empty)') as device_type,
        sum(request_count) as request_count,
        coalesce(sum(request_count) filter (where outcome != 'Success'), 0) as failure_count
    from srv
    group by all
),

told as (
    from counted
    unpivot (value_as_is for part in (region, device_type))
),

summed as (
    select
        part,
        value_as_is,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(failure_count) as bigint) as failure_count
    from told
    group by part, value_as_is
)

select
    part,
    value_as_is,
    case value_as_is when '(empty)' then 'Not known' else value_as_is end as name,
    request_count,
    failure_count,
    share(request_count - failure_count, request_count) as own_rate
from summed
qualify row_number() over (partition by part order by request_count desc, value_as_is asc) <= 40
order by part asc, request_count desc, value_as_is asc
