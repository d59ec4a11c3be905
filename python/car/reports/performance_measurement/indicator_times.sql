-- one row per reported process and segment, SRV, Device Type or target that has a response time or a target
with

final as (
    from indicator_rows
    where state = 'Reported' and (measured > 0 or row_group = 4)
)

select
    key,
    label,
    measured,
    mean_s,
    median_s,
    p99_s,
    shortest_s,
    longest_s,
    network_mean_s,
    in_time,
    late,
    no_response,
    pending,
    no_target
from final
order by process_position, row_group, segment_position, srv_group, srv_position, srv, split_value
