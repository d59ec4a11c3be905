-- One row per Device Type of the requests that the filters leave: how many there were, and the share that succeeded.
select
    device_type as device_type_as_is,
    device_type as name,
    cast(sum(request_count) as bigint) as request_count,
    cast(coalesce(sum(request_count) filter (where outcome != 'Success'), 0) as bigint) as failure_count,
    share(coalesce(sum(request_count) filter (where outcome = 'Success'), 0), sum(request_count)) as own_rate
from srv
group by device_type
order by request_count desc, device_type asc
limit 40
