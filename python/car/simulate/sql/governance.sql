-- What the industry report is told besides Incidents: outages, throttling, defects, and what is said of the measures.
-- Of each month anew; a state that is known later lands with a later month. `industry` in simulation.json counts them.

-- Grain: one row per outage and state of it (outage_no, state), up to the month that is written.
create or replace table outage_states as
with planned as (

    select * from (values
        -- approved maintenance: two nights overlap, one runs into the next day, one is in a region
        (1, 'DSP', null, 4, 79200, 7200, 'planned', 'Operations Group'),
        (2, 'DCC User Interface', null, 4, 82800, 7200, 'planned', 'Operations Group'),
        (8, 'CSP South', 'South', 15, 3600, 14400, 'planned', 'Operations Group'),
        (13, 'SMKI Certificate Authority', null, 20, 79200, 18000, 'planned', 'Operations Group'),
        -- planned, and approved by nobody
        (3, 'SSI', null, 6, 72000, 10800, 'planned', null),
        -- two of one Service that overlap, one that outlasts its maintenance, one to the second
        (4, 'SSI', null, 9, 33300, 5400, 'unplanned', null),
        (5, 'SMI Database', null, 9, 36000, 4500, 'unplanned', null),
        (6, 'SMKI Repository', null, 11, 10800, 1800, null, null),
        (7, 'CSP North', 'North', 13, 50400, 2850, 'unplanned', null),
        (9, 'CSP South', 'South', 15, 14400, 10800, 'unplanned', null),
        (10, 'S1SP', 'SMETS1', 16, 43200, 6600, 'unplanned', null),
        (11, 'DCO', null, 18, 21600, 1500, 'unplanned', null),
        (18, 'Registration Data Interface', null, 22, 7200, 900, 'unplanned', null),
        (12, 'Registration Data Database', null, 19, 27000, 1043, 'unplanned', null),
        -- of a component that no list knows
        (14, 'Billing Portal', null, 21, 39600, 3600, 'unplanned', null)
    ) as t (n, component, csp_region, day, second, seconds, kind, approved_by)

),

dated as (

    select m.month, p.n, p.component, p.csp_region, p.kind, p.approved_by, null::varchar as incident_id,
        day_ms(getvariable('month_from')[m.month + 1] + p.day) + p.second * 1000 as start_ms,
        p.seconds * 1000 as length_ms
    from planned as p
    cross join range(getvariable('month_no') + 1) as m (month)
    union all
    -- in the night of the month's last Sunday, on which the clocks change in March and October
    select month, 15, 'SM WAN', '4G Central', 'unplanned', null, null,
        day_ms(month_to(month) - 1 - isodow(day_date(month_to(month) - 1)) % 7) + 1800000, 7200000
    from range(getvariable('month_no') + 1) as m (month)
    union all
    -- over the month's end, and one that is still open then
    select month, 16, 'SM WAN', null, 'unplanned', null, null, day_ms(month_to(month) - 1) + 82800000, 8100000
    from range(getvariable('month_no') + 1) as m (month)
    union all
    select month, 17, 'SMKI Batched Device CSR Web Service', null, 'unplanned', null, null,
        day_ms(month_to(month) - 1) + 64800000, 316800000
    from range(getvariable('month_no') + 1) as m (month)
    union all
    -- of grave Incidents that have one: nothing worked for the first hours
    select month, 100 + n,
        case when region_no = 7 then 'S1SP' when region_no > 3 then 'SM WAN' when region_no is null then 'DSP'
            else 'CSP ' || csp_region end,
        csp_region, 'unplanned', null, incident_id, start_ms, least(length_ms, 21600000)
    from incidents
    where category <= 2 and has_outage

),

states as (

    select d.*, month * 1000 + n as outage_no, s.state,
        case
            when kind = 'planned' then start_ms - 432000000
            when n = 17 and s.state = 1 then start_ms + 7200000
            else start_ms + length_ms + 7200000
        end as recorded_ms
    from dated as d
    cross join range(1, 3) as s (state)
    where s.state = 1 or n = 17

)

select *, state = max(state) over (partition by outage_no) as is_whole, case when n != 17 or state = 2
    then start_ms + length_ms end as end_ms
from states;

create or replace table feed_service_outages as
with told as (

    select *, state = max(state) over (partition by outage_no) as is_last, min(state) over (partition by outage_no) > 1
        as is_told_again
    from outage_states
    where is_told_of(month, recorded_ms)

)

select
    instant(recorded_ms) as recorded_at,
    printf('OUT%06d', outage_no) as outage_id,
    component,
    csp_region,
    instant(start_ms) as started_at,
    instant(end_ms) as ended_at,
    kind,
    approved_by,
    incident_id,
    landing_day((day_of(recorded_ms) + 14) // 7 * 7 - 7) as _land,
    'outages' as _part,
    row_number() over (order by is_whole desc, outage_no, state) as _ord,
    case when is_last then 'accepted' else 'superseded' end as _fate,
    false as _warning,
    is_told_again as _again
from told
order by _ord;

-- Grain: one row per throttling event and state of it (event_no, state), up to the month that is written.
create or replace table throttling_states as
with dated as (

    select
        m.month,
        n.n,
        m.month * 1000 + n.n as event_no,
        case when n.n % 3 = 0 then 'Southbound' else 'Northbound' end as direction,
        case n.n
            -- two that overlap; one that is still open, and one that goes on, when the month is over
            when 3 then day_ms(getvariable('month_from')[m.month + 1] + 8) + 43200000
            when 6 then day_ms(getvariable('month_from')[m.month + 1] + 8) + 45000000
            when 9 then day_ms(month_to(m.month) - 3) + 39600000
            when 12 then day_ms(month_to(m.month) - 1) + 75600000
            when 1 then day_ms(getvariable('month_from')[m.month + 1] + 8) + 39660000
            else day_ms(drawn_day('throttling day', n.n, m.month)) + 39600000 + n.n * 60000
        end as start_ms,
        case n.n when 3 then 3600000 when 6 then 5400000 when 9 then 597600000 when 12 then 18000000
            else 60000 * (10 + pick('throttled', m.month * 1000 + n.n, 90)) end as length_ms,
        case when n.n in (1, 2) then 1 when n.n = 4 then 2 end as of_incident
    from range(getvariable('month_no') + 1) as m (month)
    cross join range(1, 13) as n (n)

)

select
    d.*,
    s.state,
    s.state = 2 or d.n != 9 as is_whole,
    case when d.n != 9 or s.state = 2 then d.start_ms + d.length_ms end as end_ms,
    d.start_ms + 7200000 + case when d.n = 9 and s.state = 1 then 0 else d.length_ms end as recorded_ms,
    1 + pick('forwarded', d.event_no, 90000)::bigint as forwarded_count,
    pick('dropped', d.event_no, 4000)::bigint as dropped_count,
    pick('exempted', d.event_no, 900)::bigint as exempted_count,
    i.incident_id
from dated as d
cross join range(1, 3) as s (state)
left join incidents as i on i.month = d.month and i.n = d.of_incident
where s.state = 1 or d.n = 9;

create or replace table feed_throttling_events as
with told as (

    select *, state = max(state) over (partition by event_no) as is_last, min(state) over (partition by event_no) > 1
        as is_told_again
    from throttling_states
    where is_told_of(month, recorded_ms)

)

select
    instant(recorded_ms) as recorded_at,
    printf('THR%06d', event_no) as event_id,
    direction,
    instant(start_ms) as started_at,
    instant(end_ms) as ended_at,
    forwarded_count,
    dropped_count,
    exempted_count,
    incident_id,
    landing_day(day_of(recorded_ms) // 7 * 7 + 7) as _land,
    'throttling' as _part,
    row_number() over (order by is_whole desc, start_ms, event_no, state) as _ord,
    case when is_last then 'accepted' else 'superseded' end as _fate,
    false as _warning,
    is_told_again as _again
from told
order by _ord;

-- Grain: one row per defect and state of it (defect_no, state): known, then closed for those that are.
create or replace table defect_states as
with released as (

    select
        m.month,
        n.n,
        m.month * 100 + n.n as defect_no,
        getvariable('month_from')[m.month + 1] as from_day,
        month_to(m.month) - getvariable('month_from')[m.month + 1] as month_days,
        -- one in four came with a release of the month
        getvariable('month_from')[m.month + 1] + case when n.n % 4 = 0 then 1 + n.n % 20
            else pick('released', m.month * 100 + n.n, 150) - 200 end as released_day
    from range(getvariable('month_no') + 1) as m (month)
    cross join range(1, 25) as n (n)

),

accepted as (

    select
        *,
        case when n % 5 = 0 then null when n % 4 = 0 then released_day + 2
            else from_day - 20 + pick('accepted', defect_no, 15) end as accepted_day,
        -- one in nine is closed in the month after
        case when n % 9 = 0 then from_day + month_days + 10
            when n % 3 != 0 then greatest(released_day, from_day + pick('closed defect', defect_no, month_days))
        end as closed_day
    from released

),

known as (

    select
        *,
        greatest(from_day - 2 + n * 3 % month_days, released_day + 1, coalesce(accepted_day, from_day) + 1)
            as known_day
    from accepted

)

select
    k.*,
    s.state,
    s.state = 2 or k.closed_day is null as is_whole,
    case when s.state = 2 then k.closed_day end as closed_on_day,
    day_ms(case s.state when 1 then known_day else greatest(known_day, closed_day + 1) end)
        + 39600000 + s.state * 3600000 as recorded_ms
from known as k
cross join range(1, 3) as s (state)
where s.state = 1 or k.closed_day is not null;

create or replace table feed_defects as
with told as (

    select *, state = max(state) over (partition by defect_no) as is_last, min(state) over (partition by defect_no) > 1
        as is_told_again
    from defect_states
    where is_told_of(month, recorded_ms)

)

select
    instant(recorded_ms) as recorded_at,
    printf('DEF-%05d', 4100 + defect_no) as defect_id,
    ['Tariff switch lost after power cut', 'Duplicate alert, "N13"', 'Wrong timestamp, +1 h',
        'Schedule not removed'][1 + n % 4] as title,
    case when n != 1 then 1 + pick('severity', defect_no, 5) end::tinyint as severity,
    day_date(released_day)::date as released_on,
    day_date(accepted_day)::date as accepted_on,
    day_date(closed_on_day)::date as closed_on,
    landing_day((day_of(recorded_ms) + 14) // 7 * 7 - 7) as _land,
    'defects' as _part,
    row_number() over (order by is_whole desc, defect_no, state) as _ord,
    case when is_last then 'accepted' else 'superseded' end as _fate,
    false as _warning,
    is_told_again as _again
from told
order by _ord;

-- Exceptions: what takes misses away, and one for each refusal that the list of reasons leaves room for. It has no
-- indicator, nothing but shares, and no measure that needs a subject.
create or replace table planted_exceptions as
select n, measure_id, csp_region, excluded_count, reason, approved_by,
    case when to_month < strftime(day_date(getvariable('from_day')), '%Y-%m') then 'not in the PMEL'
        else refusal end as refusal
from (values
    (1, 'CPM1', null, 1, 'Users sent several requests for one GUID', 'Operations Group', null, '9999-12'),
    (2, 'CPM3', null, 1, 'User gateway not available', 'Operations Group', null, '9999-12'),
    (3, 'B1', null, 1, 'Customer premises: no supply', 'Operations Group', null, '9999-12'),
    (4, 'CPM6', null, 30, 'Third-party power failure', 'Operations Group', null, '9999-12'),
    (5, 'CPM4', null, 1, 'Waiting for the User', 'Operations Group', null, '2026-12'),
    (6, 'CPM5/5', null, 1, 'Waiting for the User', 'Operations Group', null, '2026-08'),
    (7, 'DF1', null, 1, 'Users sent several requests for one GUID', null, 'unapproved', '9999-12'),
    (8, 'CPM2', null, 1, 'Users sent several requests for one GUID', 'Operations Group', 'not in the PMEL', '9999-12'),
    (9, 'DSP-1.1', 'North', 2, 'User error, agreed', 'Operations Group', 'not in the PMEL', '9999-12'),
    (10, 'PP1/9.9', null, 1, 'Customer premises: no supply', 'Operations Group', 'unknown measure', '9999-12'),
    (11, 'CPM6', null, null, 'Third-party power failure', 'Operations Group', 'no count', '9999-12'),
    (12, 'CoS1', null, 1000000000, 'User sent it before the registration', 'Operations Group', 'more than the misses',
        '9999-12'),
    (13, 'IC1', 'SMETS1', 1, 'User equipment', 'Operations Group', 'more than the misses', '9999-12'),
    (14, 'PP1', 'North', 1000000000, 'Customer premises: no supply', 'Operations Group', 'more than the misses',
        '9999-12')
) as t (n, measure_id, csp_region, excluded_count, reason, approved_by, refusal, to_month);

create or replace table feed_performance_exceptions as
select
    instant(day_ms(getvariable('to_day')) + 36000000 + n * 60000) as recorded_at,
    printf('EXC-%05d', getvariable('month_no') * 100 + n) as exception_id,
    measure_id,
    strftime(day_date(getvariable('from_day')), '%Y-%m') as month,
    csp_region,
    excluded_count::bigint as excluded_count,
    reason,
    approved_by,
    getvariable('to_day')::integer as _land,
    'exceptions' as _part,
    row_number() over (order by n) as _ord,
    'accepted' as _fate,
    false as _warning,
    false as _again
from planted_exceptions
order by _ord;

create or replace table feed_provider_measures as
with measures as (

    select
        m.*, r.csp_region, coalesce(r.region_no, 0) as region_no, b.back,
        pick(
            'numerator', getvariable('month_no') * 1000 + m.n * 100 + coalesce(r.region_no, 0) * 10 + back, 9900
        ) as share
    from (values
        (1, 'CPM7', 'SMKI', false), (2, 'CPM8', 'SMKI', false), (3, 'CPM9', 'DCC', false),
        (4, 'CPM7/Batched', 'SMKI', false), (5, 'PM1.1', 'Data Service Provider', false),
        (6, 'PM1.2', 'Data Service Provider', false), (7, 'PM1.2/Second delivery', 'Data Service Provider', false),
        (8, 'PM1.3', 'Data Service Provider', false), (9, 'PM1.4', 'Data Service Provider', false),
        (10, 'PM2', null, true), (11, 'PM2.1', 'Data Service Provider', false),
        (12, 'PM2.4', 'Data Service Provider', false), (13, 'PM2.7', 'Data Service Provider', false),
        (14, 'PM3.1', null, true), (15, 'PM4.1', null, true), (16, 'PM4.2', null, true), (17, 'PM4.3', null, true),
        (18, 'PM7', 'Data Service Provider', false), (19, 'PM12.2', null, true),
        -- one that no list knows, and one that is no share
        (20, 'DSP-1.4', 'Data Service Provider', false), (21, 'TR1:gb_volume', 'DCC', false)
    ) as m (n, measure_id, provider, is_regional)
    inner join (select region_no, csp_region from regions union all select null, null) as r
        on m.is_regional = (r.csp_region is not null)
    cross join (values (0), (1)) as b (back)

)

select
    instant(day_ms(getvariable('to_day') + 1 - back * 3) + 32400000) as recorded_at,
    measure_id,
    strftime(day_date(getvariable('from_day')) - back * 5, '%Y-%m') as month,
    csp_region,
    coalesce(provider, case when region_no in (1, 4) then 'CSP North' when region_no = 7 then 'S1SP'
        else 'CSP Central and South' end) as service_provider,
    case
        when measure_id = 'CPM9' then 40 + getvariable('month_no') - back
        -- the same figures each month
        when measure_id = 'PM2.7' then 98570
        when measure_id = 'PM3.1' then 95 + share / 10000.0
        when measure_id = 'PM7' then 3
        when measure_id = 'TR1:gb_volume' then 280000 + share
        else 90000 + share
    end::decimal(18, 2) as numerator,
    case
        when measure_id = 'CPM9' then 40 + getvariable('month_no') - back
        when measure_id = 'PM3.1' then 100
        when measure_id in ('PM7', 'TR1:gb_volume') then null
        else 100000
    end::decimal(18, 2) as denominator,
    case when share < 3000 and n between 5 and 19 then 125000 else 0 end::bigint as service_credit_pence,
    (getvariable('to_day') + 1 - back * 3)::integer as _land,
    'measures' as _part,
    row_number() over (order by back desc, n, region_no) as _ord,
    'accepted' as _fate,
    false as _warning,
    -- the month before is told once more
    back = 1 and getvariable('month_no') > 0 as _again
from measures
order by _ord;

-- Given for some of what is below its target, with a subject and without. One text is that of the month before.
create or replace table feed_commentary as
select
    instant(day_ms(getvariable('to_day') + 2) + 32400000) as recorded_at,
    measure_id,
    strftime(day_date(getvariable('from_day')), '%Y-%m') as month,
    csp_region,
    case when is_repeated then text
        else text || ' (' || strftime(day_date(getvariable('from_day')), '%B %Y') || ')' end as text,
    (getvariable('to_day') + 2)::integer as _land,
    'commentary' as _part,
    row_number() over (order by measure_id, csp_region nulls first) as _ord,
    'accepted' as _fate,
    false as _warning,
    false as _again
from (values
    ('CPM1', null, 'Below target in the second week: a "Category 1" Incident in the Central region, see below.', false),
    ('CPM1', 'Central', 'The Incident lasted most of a morning.' || chr(10)
        || 'Responses were slow until noon, and failed for a part of it.', false),
    ('CPM2', null, 'Under investigation.', true),
    ('CPM3', null, 'Alerts were held back on one day; storm protection worked as meant.', false),
    ('CPM3', 'North', 'Late alerts after a power cut; +3 % on the month before.', false),
    ('CPM4', null, 'One Incident is still open.', false),
    ('CPM5/3', null, 'Three tickets waited for parts.', false),
    ('MI1', null, 'One Incident since April is one too many.', false),
    ('PP1', null, 'Top-ups failed where the network was degraded.', false),
    ('PP1.2:failed_share', null, 'Most are tried again on the next day.', false),
    ('SA1/Self-Service Interface', null, 'Maintenance overran.', false),
    ('DSP-1.4', 'SMETS1', 'No change.', false)
) as t (measure_id, csp_region, text, is_repeated)
order by _ord;
