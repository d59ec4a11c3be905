-- one row per Category 1 or 2 Incident of which it is known how many requests its outage kept away
with

final as (
    from incident_rows
    where expected_requests is not null or actual_requests is not null
)

select
    incident_label,
    region,
    expected_requests,
    actual_requests,
    shortfall
from final
order by incident_number
