-- One row per business process and SRV with failures that the filters leave: most failures first.
select
    business_process as business_process_as_is,
    srv as srv_as_is,
    business_process || ', ' || srv as name,
    cast(sum(failure_count) as bigint) as failure_count,
    share(sum(failure_count), sum(sum(failure_count)) over ()) as share_of_failures,
    sum(cast(sum(failure_count) as bigint)) over () as total_count,
    count(*) over () as line_count
from failures
group by business_process, srv
order by failure_count desc, business_process asc, srv asc
limit 20
