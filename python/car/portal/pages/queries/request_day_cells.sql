-- One row per day of one line of rsvp_daily.csv: of those that the filters leave, the one with most requests.
with

lines as (
    select
        business_process,
        srv,
        segment
    from rsvp_daily
    where day is not null and state = 'Reported'
    group by business_process, srv, segment
    having count(*) >= 5
    order by
        srv != 'ALL' asc,
        segment not in ('SMETS2', 'SMETS1') asc,
        sum(volume) desc,
        business_process asc,
        srv asc,
        segment asc
    limit 1
),

cells as (
    select
        rsvp_daily.business_process || case rsvp_daily.srv when 'ALL' then '' else ', ' || rsvp_daily.srv end
        || ', ' || rsvp_daily.segment as name,
        rsvp_daily.day,
        cast(extract(day from rsvp_daily.day) as bigint) as day_number,
        rsvp_daily.volume,
        rsvp_daily.failures,
        rsvp_daily.mean_s,
        rsvp_daily.longest_s,
        rsvp_daily.month_mean_s,
        rsvp_daily.incident_ids
    from rsvp_daily
    inner join lines using (business_process, srv, segment)
    where rsvp_daily.day is not null and rsvp_daily.state in ('Reported', 'No Events')
)

select
    *,
    case when count(mean_s) over () > 0 then 'with times' else 'without times' end as part
from cells
order by day
