-- one row per league of a service request that is shown, all segments together
with

final as (
    from leagues
    where srv != 'ALL' and segment = 'ALL'
)

select
    role as key,
    srv_name,
    business_process,
    party_count,
    best,
    worst
from final
order by role, process_position, business_process, srv_position, srv
