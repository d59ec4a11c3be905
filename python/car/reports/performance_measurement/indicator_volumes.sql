-- one row per reported process and segment, SRV or Device Type: how many requests, and what became of them
with

final as (
    from indicator_rows
    where state = 'Reported' and row_group <= 3 and volume > 0
)

select
    key,
    row_label,
    volume,
    responded_success,
    responded_failure,
    unresponded_success,
    unresponded_failure,
    delivery_failures,
    success_share,
    delivery_failure_share,
    pending
from final
order by process_position, row_group, segment_position, srv_group, srv_position, srv, split_value
