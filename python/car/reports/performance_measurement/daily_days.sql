-- one row per business process, SMETS2 or SMETS1, and day that has figures
with

rsvp_daily as (
    from industry.rsvp_daily
),

-- A segment of which few days are told has no graph.
told as (
    select
        business_process,
        segment
    from rsvp_daily
    where srv = 'ALL' and day is not null and state = 'Reported'
    group by business_process, segment
    having count(*) >= 5
),

final as (
    select
        rsvp_daily.business_process as key,
        processes.position as process_position,
        rsvp_daily.segment,
        rsvp_daily.day,
        day(rsvp_daily.day) as day_number,
        rsvp_daily.volume,
        rsvp_daily.failures,
        rsvp_daily.mean_s,
        rsvp_daily.longest_s,
        rsvp_daily.month_mean_s,
        count(rsvp_daily.mean_s) over (
            partition by rsvp_daily.business_process, rsvp_daily.segment
        ) > 0 as has_times
    from rsvp_daily
    inner join processes on rsvp_daily.business_process = processes.business_process
    inner join told
        on
            rsvp_daily.business_process = told.business_process
            and rsvp_daily.segment = told.segment
    where
        rsvp_daily.srv = 'ALL'
        and rsvp_daily.segment in ('SMETS2', 'SMETS1')
        and rsvp_daily.day is not null
        and rsvp_daily.state in ('Reported', 'No Events')
)

select
    key,
    segment,
    day,
    day_number,
    volume,
    failures,
    mean_s,
    longest_s,
    month_mean_s,
    has_times
from final
order by process_position asc, segment desc, day asc
