-- One row per reason of failure that the industry's report tells and the filters leave: most failures first.
select
    failure_reason_code || ', ' || srv || ', ' || segment as name,
    business_process as business_process_as_is,
    failure_count,
    share as share_of_failures,
    count(*) over () as line_count
from failures
order by failure_count desc, name asc
limit 20
