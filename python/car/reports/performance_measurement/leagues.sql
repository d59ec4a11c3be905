-- one row per league that is shown: how many are ranked, the best and the worst of them
with

final as (
    select
        role,
        business_process,
        process_position,
        srv,
        srv_name,
        srv_group,
        srv_position,
        segment,
        segment_name,
        segment_position,
        count(*) as party_count,
        max(success_rate) as best,
        min(success_rate) as worst
    from league_rows
    group by
        role, business_process, process_position, srv, srv_name, srv_group, srv_position, segment, segment_name,
        segment_position
)

select
    business_process,
    process_position,
    role,
    srv,
    srv_name,
    srv_group,
    srv_position,
    segment,
    segment_name,
    segment_position,
    party_count,
    written(best * 100, 1) as best,
    written(worst * 100, 1) as worst
from final
order by process_position, business_process, srv_group, srv_position, srv, segment_position, role
