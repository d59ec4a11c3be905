-- One row per reason of failure that the industry's report tells and the filters leave: most failures first.
select
    failures.failure_reason_code || coalesce(' ' || response_codes.name, '') || ', ' || failures.srv || ', '
    || failures.segment as name,
    failures.business_process as business_process_as_is,
    failures.failure_count,
    failures.share as share_of_failures,
    count(*) over () as line_count
from failures
left join reference.response_codes using (failure_reason_code)
order by failures.failure_count desc, name
limit 20
