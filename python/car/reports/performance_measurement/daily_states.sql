-- one row per business process, SMETS2 or SMETS1, and state of its days: how many
with

rsvp_daily as (
    from industry.rsvp_daily
),

final as (
    select
        rsvp_daily.business_process as key,
        processes.position as process_position,
        rsvp_daily.segment,
        rsvp_daily.state,
        count(*) as day_count
    from rsvp_daily
    inner join processes on rsvp_daily.business_process = processes.business_process
    where
        rsvp_daily.srv = 'ALL'
        and rsvp_daily.segment in ('SMETS2', 'SMETS1')
        and rsvp_daily.day is not null
        and rsvp_daily.state != 'Reported'
    group by rsvp_daily.business_process, processes.position, rsvp_daily.segment, rsvp_daily.state
)

select
    key,
    segment,
    state,
    day_count
from final
order by process_position asc, segment desc, state asc
