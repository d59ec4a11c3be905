-- one row per row of rsvp_monthly.csv, in the order in which they are shown
with

rsvp_monthly as (
    from industry.rsvp_monthly
),

shares as (
    select
        business_process,
        srv,
        segment,
        split,
        split_value,
        max(cell) filter (measure_id = 'RSVP-P:success_share') as success_share,
        max(cell) filter (measure_id = 'RSVP-P:responded_share') as responded_share,
        max(cell) filter (measure_id = 'RSVP-P:delivery_failure_share') as delivery_failure_share
    from measure_rows
    where bare_id = 'RSVP-P'
    group by business_process, srv, segment, split, split_value
),

final as (
    select
        rsvp_monthly.business_process as key,
        processes.position as process_position,
        rsvp_monthly.srv,
        srv_names.srv_name,
        srv_names.srv_group,
        srv_names.srv_position,
        rsvp_monthly.segment,
        segments.segment_name,
        segments.position as segment_position,
        rsvp_monthly.split,
        rsvp_monthly.split_value,
        case
            when rsvp_monthly.split = 'ALL' and rsvp_monthly.srv = 'ALL' then 1
            when rsvp_monthly.split = 'ALL' then 2
            when rsvp_monthly.split = 'device_type' then 3
            else 4
        end as row_group,
        case
            when rsvp_monthly.split = 'ALL' then srv_names.srv_name
            when rsvp_monthly.split_value = 'Withheld' then 'Withheld (sum)'
            when rsvp_monthly.split_value = '30' then 'Target of 30 seconds'
            when rsvp_monthly.split_value = '86400' then 'Target of 24 hours'
            when rsvp_monthly.split_value = '432000' then 'Target of 5 days'
            when rsvp_monthly.split_value = 'None' then 'Without a target'
            else rsvp_monthly.split_value
        end as row_name,
        rsvp_monthly.volume,
        rsvp_monthly.responded_success,
        rsvp_monthly.responded_failure,
        rsvp_monthly.unresponded_success,
        rsvp_monthly.unresponded_failure,
        rsvp_monthly.delivery_failures,
        rsvp_monthly.pending,
        shares.success_share,
        shares.responded_share,
        shares.delivery_failure_share,
        rsvp_monthly.measured,
        rsvp_monthly.mean_s,
        rsvp_monthly.median_s,
        rsvp_monthly.p99_s,
        rsvp_monthly.shortest_s,
        rsvp_monthly.longest_s,
        rsvp_monthly.network_mean_s,
        rsvp_monthly.in_time,
        rsvp_monthly.late,
        rsvp_monthly.no_response,
        rsvp_monthly.no_target,
        rsvp_monthly.state
    from rsvp_monthly
    inner join processes on rsvp_monthly.business_process = processes.business_process
    inner join segments on rsvp_monthly.segment = segments.segment
    inner join srv_names on rsvp_monthly.srv = srv_names.srv
    left join shares
        on
            rsvp_monthly.business_process = shares.business_process
            and rsvp_monthly.srv = shares.srv
            and rsvp_monthly.segment = shares.segment
            and rsvp_monthly.split = shares.split
            and rsvp_monthly.split_value = shares.split_value
    -- By region only the process as a whole: an SRV's regions stand in the file.
    where (rsvp_monthly.srv = 'ALL' or rsvp_monthly.segment in ('SMETS2', 'SMETS1'))
)

select
    key,
    process_position,
    row_group,
    segment,
    segment_name,
    segment_position,
    srv,
    srv_group,
    srv_position,
    split,
    split_value,
    row_name,
    case row_group when 1 then segment_name else segment_name || ': ' || row_name end as row_label,
    volume,
    responded_success,
    responded_failure,
    unresponded_success,
    unresponded_failure,
    delivery_failures,
    pending,
    success_share,
    responded_share,
    delivery_failure_share,
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
    no_target,
    state
from final
order by process_position, row_group, segment_position, srv_group, srv_position, srv, split_value
