-- One row per region of the requests that the filters leave: how many there were, and the share that succeeded.
select
    region as region_as_is,
    region as name,
    cast(sum(request_count) as bigint) as request_count,
    cast(coalesce(sum(request_count) filter (where outcome != 'Success'), 0) as bigint) as failure_count,
    share(coalesce(sum(request_count) filter (where outcome = 'Success'), 0), sum(request_count)) as own_rate
from srv
group by region
order by request_count desc, region asc
limit 40
