-- one row per reported process and segment, SRV or Device Type that has a response time
with

final as (
    from indicator_rows
    where state = 'Reported' and measured > 0 and row_group <= 3
)

select
    key,
    row_label,
    measured,
    mean_s,
    median_s,
    p99_s,
    shortest_s,
    longest_s,
    network_mean_s
from final
order by process_position, row_group, segment_position, srv_group, srv_position, srv, split_value
