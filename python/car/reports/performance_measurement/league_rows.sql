-- one row per place of a league that is shown
with

league_table as (
    from industry.league_table
),

final as (
    select
        league_table.role,
        league_table.business_process,
        coalesce(processes.position, 12) as process_position,
        league_table.srv,
        srv_names.srv_name,
        srv_names.srv_group,
        srv_names.srv_position,
        league_table.segment,
        segments.segment_name,
        segments.position as segment_position,
        league_table.rank,
        league_table.success_rate,
        league_table.failure_rate
    from league_table
    left join segments on league_table.segment = segments.segment
    left join srv_names on league_table.srv = srv_names.srv
    left join processes on league_table.business_process = processes.business_process
    where league_table.rank is not null
)

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
    rank,
    success_rate,
    failure_rate
from final
order by
    process_position, business_process, srv_group, srv_position, srv, segment_position, role, rank, success_rate
