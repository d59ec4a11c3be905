-- One row per day with an N16 that the filters leave: what became of the handovers of that day.
select
    day,
    cast(sum(n16_count) as bigint) as n16_count,
    cast(sum(met_count) as bigint) as met_count,
    cast(sum(failed_count) as bigint) as failed_count,
    cast(sum(pending_count) as bigint) as pending_count
from credentials_handover
group by day
order by day
