-- one row per league by segment that is shown
with

final as (
    from leagues
    where segment != 'ALL'
)

select
    role as key,
    case srv when 'ALL' then business_process else srv_name end as league_name,
    segment_name,
    party_count,
    best,
    worst
from final
order by role, process_position, business_process, srv_group, srv_position, srv, segment_position
