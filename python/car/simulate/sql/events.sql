-- What happens to single Devices in the month, as sequences of requests and alerts. What follows from a month before is
-- among it (anchor_ms: what a request or alert belongs to).

create or replace table home_targets as
select
    home_no,
    max(target_no) filter (slot = 1 and pool = 'H') as hub,
    max(target_no) filter (slot = 8 and pool = 'H') as next_hub,
    max(target_no) filter (pool = 'E') as esme,
    max(target_no) filter (pool = 'G') as gsme,
    max(target_no) filter (pool = 'P') as gpf,
    max(target_no) filter (pool = 'D') as display,
    max(target_no) filter (pool = 'X') as export_esme
from targets
group by home_no;

-- Grain: one row per request in a sequence; outcome: 0 as usual, 1 success, 2 failure.
create or replace table request_events as
with steps (srv, role, pool, mode, device, after_ms, outcome) as (

    values
    ('12.2', 'IS', 'E', 3, 'esme', -7200000, 0),
    ('8.11', 'IS', 'H', 2, 'hub', 60000, 0), ('8.11', 'IS', 'H', 2, 'hub', 240000, 0),
    ('8.7.2', 'IS', 'D', 2, 'display', 3610000, 0),
    ('8.1.1', 'IS', 'E', 2, 'esme', 1080000, 1), ('8.7.1', 'IS', 'E', 2, 'esme', 1140000, 0),
    ('6.20.1', 'IS', 'E', 2, 'esme', 1320000, 0), ('6.21', 'IS', 'E', 2, 'esme', 1380000, 0),
    ('1.1.1', 'IS', 'E', 2, 'esme', 1440000, 0), ('6.8', 'IS', 'E', 2, 'esme', 1500000, 0),
    ('8.11', 'IS', 'H', 2, 'hub', 2400000, 0),
    ('8.1.1', 'GS', 'G', 2, 'gsme', 2640000, 1), ('8.7.2', 'GS', 'P', 2, 'gpf', 2760000, 0),
    ('6.20.1', 'GS', 'G', 2, 'gsme', 2880000, 0), ('6.21', 'GS', 'G', 2, 'gsme', 2940000, 0),
    ('1.1.1', 'GS', 'G', 2, 'gsme', 3000000, 0), ('6.8', 'GS', 'G', 2, 'gsme', 3060000, 0)

),

installs as (

    select h.home_no, h.event_ms, l.has_cause or not getvariable('is_planted') as may_fail, t.*
    from homes as h
    inner join home_targets as t on t.home_no = h.home_no
    inner join party_levels as l on l.party_no = h.is1
    where h.event = 'install'

),

switches as (

    select 'IS' as role, 'E' as pool, h.home_no, t.esme as target_no, t.hub, day_ms(h.isw) + 7200000
        + pick('gain time', h.home_no, 36000000) as gain_ms, h.is2 as gained_by
    from homes as h inner join home_targets as t on t.home_no = h.home_no
    where h.isw != 9999
    union all
    select 'GS', 'G', h.home_no, t.gsme, t.hub, day_ms(h.gsw) + 7200000 + pick('gas gain time', h.home_no, 36000000),
        h.gs2
    from homes as h inner join home_targets as t on t.home_no = h.home_no
    where h.gsw != 9999

),

rotations as (

    select r.*, day_ms(drawn_day('rotation day', r.home_no, getvariable('month_no'))) + 36000000 as begun_ms
    from (
        select 'IS' as role, 'E' as pool, t.home_no, t.esme as target_no
        from home_targets as t
        where chance_in('rotation', t.home_no, getvariable('month_no'), getvariable('rate_key_rotations')::double)
        union all
        select 'GS', 'G', t.home_no, t.gsme
        from home_targets as t
        where chance_in('gas rotation', t.home_no, getvariable('month_no'), getvariable('rate_key_rotations')::double)
    ) as r

),

found as (

    select
        s.srv || '/' || s.role || '/' || s.pool || '/' || s.mode as mix_key,
        i.event_ms + s.after_ms as started_ms,
        case s.device when 'hub' then i.hub when 'esme' then i.esme when 'gsme' then i.gsme when 'gpf' then i.gpf
            else i.display end
            as target_no,
        s.outcome,
        i.event_ms as anchor_ms
    from installs as i
    cross join steps as s
    union all
    -- installed, or installed and left without a network: half of those are put right days later
    select
        case when home_no % 7 = 0 then '8.14.2/IS/H/3' else '8.14.1/IS/H/3' end, event_ms + 30000, hub, 1, event_ms
    from installs
    where home_no % 23 != 0
    union all
    select '8.14.1/IS/H/3', event_ms + (2 + home_no % 4) * 86400000, hub, 1, event_ms
    from installs where home_no % 14 = 0
    union all
    -- a first attempt the day before that failed
    select '8.1.1/IS/E/2', event_ms - 84600000, esme, 2, event_ms from installs where home_no % 11 = 0 and may_fail
    union all
    select '8.1.1/IS/E/2', h.event_ms, t.esme, 2, h.event_ms
    from homes as h inner join home_targets as t on t.home_no = h.home_no where h.event = 'failed_install'
    union all
    select '8.14.1/IS/H/3', h.event_ms + 120000, t.hub, 2, h.event_ms
    from homes as h inner join home_targets as t on t.home_no = h.home_no where h.event = 'failed_install'
    union all
    select '6.23/' || role || '/' || pool || '/2', gain_ms, target_no,
        case when home_no % 12 = 0 and not getvariable('is_planted') then 2 else 1 end, gain_ms from switches
    union all
    -- a failed gain is tried again the same day
    select '6.23/' || role || '/' || pool || '/2', gain_ms + 3600000, target_no, 1, gain_ms from switches
        where home_no % 12 = 0 and not getvariable('is_planted')
    union all
    -- planted: the orchestration of a supplier sends what is refused, and sends it again
    select
        '6.23/' || s.role || '/' || s.pool || '/2',
        s.gain_ms - n.n * 1200000,
        s.target_no,
        case when chance('refused', s.home_no * 10 + n.n, 0.7) then 3 else 1 end,
        s.gain_ms
    from switches as s
    inner join cause_suppliers as c on c.cause = 'orchestration' and c.party_no = s.gained_by
    cross join range(1, 5) as n (n)
    union all
    select '1.1.1/' || role || '/' || pool || '/2', gain_ms + 300000, target_no, 0, gain_ms from switches
    union all
    select '6.8/' || role || '/' || pool || '/2', gain_ms + 420000, target_no, 0, gain_ms from switches
    union all
    -- the old supplier read the meter some days before
    select case role when 'IS' then '4.6.1/IS/E/6'
        else '4.6.1/GS/G/6' end, gain_ms - 86400000 * (2 + home_no % 9), target_no, 1, gain_ms
    from switches where home_no % 5 < 3
    union all
    -- and had said of the Hub that it was installed, or left without a network
    select
        case when home_no % 12 = 0 then '8.14.2/' else '8.14.1/' end || role || '/H/3',
        gain_ms - 86400000 * (1 + home_no % 5),
        hub,
        1,
        gain_ms
    from switches where home_no % 6 = 0
    union all
    select s.srv || '/' || r.role || '/' || r.pool || '/2',
        r.begun_ms + s.after_ms, r.target_no, 0, r.begun_ms
    from rotations as r
    cross join (
        values ('6.17', 0), ('6.17', 90000), ('6.15.2', 400000), ('6.15.2', 520000)
    ) as s (srv, after_ms)
    -- one in six leaves a pair open
    where r.home_no % 6 != 0 or s.after_ms != 520000
    union all
    select case when t.slot = 3 then '11.3/GS/G/2' else '11.3/IS/E/2' end, d.firmware_ms - 60000, t.target_no, 1,
        d.firmware_ms
    from devices as d inner join targets as t on t.device_no = d.device_no and t.pool in ('E', 'G')
    where d.firmware_ms is not null
    union all
    select '1.6/' || k.role || '/' || k.pool || '/2', h.payment_changed_ms - 120000, case k.pool when 'E'
        then t.esme else t.gsme end, 1, h.payment_changed_ms
    from homes as h
    inner join home_targets as t on t.home_no = h.home_no
    cross join (values ('IS', 'E'), ('GS', 'G')) as k (role, pool)
    where h.payment_changed_ms is not null
    union all
    select '2.1/' || k.role || '/' || k.pool || '/2', h.payment_changed_ms + 60000, case k.pool when 'E'
        then t.esme else t.gsme end, 0, h.payment_changed_ms
    from homes as h
    inner join home_targets as t on t.home_no = h.home_no
    cross join (values ('IS', 'E'), ('GS', 'G')) as k (role, pool)
    where h.payment_changed_ms is not null
    union all
    select s.mix_key, h.event_ms + s.after_ms, case s.device when 'old' then t.hub else t.next_hub end, 1,
        h.event_ms
    from homes as h
    inner join home_targets as t on t.home_no = h.home_no
    cross join (
        values ('8.14.3/IS/H/3', 'old', 60000), ('8.11/IS/H/2', 'new', 120000), ('8.14.1/IS/H/3', 'new', 600000)
    ) as s (mix_key, device, after_ms)
    where h.event = 'hub_exchange' and t.next_hub is not null

),

kept as (

    select f.started_ms, m.mix_no, m.is_paired, f.target_no, f.outcome::tinyint as outcome
    from found as f
    inner join request_mix as m on m.mix_key = f.mix_key
    where
        f.target_no is not null
        and is_told(f.started_ms, f.anchor_ms)

),

spread as (

    select *, count(*) over () + count(*) filter (is_paired) over () as rows_in_all from kept

)

select
    -- numbers of each month's own
    getvariable('month_no')::bigint * 1000000000
        + row_number() over (order by started_ms, target_no, mix_no) as event_no,
    day_of(started_ms)::integer as day_no,
    started_ms,
    mix_no,
    is_paired,
    target_no,
    outcome
from spread
-- sequences are at most a third of the traffic
where chance('kept event', target_no, least(1.0, getvariable('requests') * 0.33 / rows_in_all))
order by event_no;

-- Firmware: one 11.1 per model, party, region and day, then a distribution per Device.
create or replace table firmware_batches as
with upgraded as (

    select
        d.device_no,
        d.model_no,
        d.device_id,
        d.device_type,
        d.firmware_ms,
        case d.firmware_before when 1 then m.firmware_2 else m.firmware_3 end as firmware_version,
        day_of(d.firmware_ms) - 1 as sent_day,
        case when d.slot = 3 then h.gs1 else h.is1 end as sender,
        case when d.slot = 3 then 'GS' when d.slot = 2 then 'IS' end as role,
        t.target_no
    from devices as d
    inner join models as m on m.model_no = d.model_no
    inner join homes as h on h.home_no = d.home_no
    left join targets as t on t.device_no = d.device_no and t.pool = case when d.slot = 3 then 'G' else 'E' end
        and d.slot in (2, 3)
    where is_new(d.firmware_ms)

)

select
    *,
    case when role is not null
        then dense_rank() over (order by role nulls last, sender, model_no, sent_day) end as batch_no,
    min(target_no) over (partition by role, sender, model_no, sent_day) as batch_target_no
from upgraded;

insert into request_events
select
    (select coalesce(max(event_no), getvariable('month_no')::bigint * 1000000000) from request_events)
        + row_number() over (order by b.batch_no),
    b.sent_day,
    day_ms(b.sent_day) + 32400000 + b.batch_no % 3600 * 1000,
    m.mix_no,
    false,
    b.batch_target_no,
    1
from (select distinct batch_no, role, sent_day, batch_target_no from firmware_batches where batch_no is not null) as b
inner join request_mix as m on m.mix_key = case b.role when 'GS' then '11.1/GS/G/3' else '11.1/IS/E/3' end
where getvariable('requests') >= 1000
order by b.batch_no;

-- Top-ups that fail, tried again within the hour: the second or third try ends well, or none does. After all others, so
-- that what these come to stays as it was.
insert into request_events
with top_ups as (

    select
        h.home_no,
        t.esme as target_no,
        -- in the month itself, also where the next one tells more of its end
        day_ms(
            greatest(events_from(getvariable('month_no')), 0)
            + pick(
                'top-up day',
                h.home_no * 1000 + getvariable('month_no'),
                month_to(getvariable('month_no')) - greatest(events_from(getvariable('month_no')), 0)
            )
        ) + 36000000 + pick('top-up time', h.home_no, 18000000) as begun_ms
    from homes as h
    inner join home_targets as t on t.home_no = h.home_no
    inner join party_levels as l on l.party_no = h.is1
    where
        getvariable('requests') >= 1000
        and t.esme is not null
        and chance_in('top-up', h.home_no, getvariable('month_no'), 0.004)
        and h.event = 'none'
        and h.isw = 9999
        and (l.has_cause or not getvariable('is_planted'))

),

tries as (

    select u.target_no, u.begun_ms + s.k * 2400000 as started_ms, s.outcome
    from top_ups as u
    inner join (
        values (0, 0, 2), (0, 1, 1), (1, 0, 2), (1, 1, 2), (1, 2, 1), (2, 0, 2), (2, 1, 2), (2, 2, 2)
    ) as s (kind, k, outcome) on s.kind = u.home_no % 3

)

select
    (select coalesce(max(event_no), getvariable('month_no')::bigint * 1000000000) from request_events)
        + row_number() over (order by t.started_ms, t.target_no),
    day_of(t.started_ms)::integer,
    t.started_ms,
    m.mix_no,
    m.is_paired,
    t.target_no,
    t.outcome::tinyint
from tries as t
inner join request_mix as m on m.mix_key = '2.2/IS/E/2'
order by t.started_ms, t.target_no;

create or replace table batch_requests as
select b.batch_no, e.event_no, e.day_no, e.started_ms
from (select distinct batch_no, sent_day, batch_target_no from firmware_batches where batch_no is not null) as b
inner join request_events as e
    on e.day_no = b.sent_day and e.target_no = b.batch_target_no
        and e.started_ms = day_ms(b.sent_day) + 32400000 + b.batch_no % 3600 * 1000;

-- Grain: one row per Device to which an image of a batch did not come, or came and did not take (device_no).
create or replace table failed_images as
select
    d.device_no,
    d.device_id,
    b.firmware_version,
    r.day_no,
    r.event_no,
    r.started_ms,
    t.target_no,
    -- a day or more later, of some after the five that count
    case when d.device_no % 2 = 0 and r.started_ms + 86400000 + pick('delivered late', d.device_no, 500000000)
        < day_ms(getvariable('new_to'))
        then r.started_ms + 86400000 + pick('delivered late', d.device_no, 500000000) end as delivered_ms,
    -- of half of those that came the Device says that it failed, of the others nothing
    d.device_no % 4 = 0 as is_refused
from devices as d
inner join homes as h on h.home_no = d.home_no
inner join targets as t on t.device_no = d.device_no and t.pool = 'E'
inner join (
    select model_no, sender, min(batch_no) as batch_no, min_by(firmware_version, batch_no) as firmware_version
    from firmware_batches where role = 'IS' group by all
) as b on b.model_no = d.model_no and b.sender = h.is1
inner join batch_requests as r on r.batch_no = b.batch_no
where d.slot = 2 and d.firmware_ms is null and h.event = 'none' and h.joined_month = 0
    and chance_in('failed image', d.device_no, getvariable('month_no'), 0.01);

-- Grain: one row per power cut (outage_no) of an area; kind 0: short (8F35 alone); 1: three minutes or more. Those of
-- the month before go on in this one.
create or replace table power_cuts as
select
    n::integer as outage_no,
    1 + pick('outage area', n, 14)::integer as area_no,
    day_ms(drawn_day('outage day', n % 64, n // 64)) + pick('outage time', n, 86400000) as started_ms,
    case when n % 4 = 0 then 30000 + pick('outage length', n, 140000)
        else 240000 + pick('outage length', n, 21600000) end as length_ms,
    n % 4 != 0 as is_long,
    0.002 + pick('outage size', n, 1000) * pick('outage size b', n, 1000) / 1000000.0 * 0.1 as share
from (
    select m.month * 64 + n.n as n
    from range(greatest(0, getvariable('month_no') - 1), getvariable('month_no') + 1) as m (month)
    cross join range(1, 31) as n (n)
);

-- Grain: one row per alert in a sequence.
create or replace table alert_events as
with cut_homes as (

    select c.*, h.home_no, t.esme, t.hub, h.home_no::bigint * 4096 + c.outage_no as cut_no
    from power_cuts as c
    inner join homes as h on h.area_no = c.area_no
    inner join home_targets as t on t.home_no = h.home_no
    where chance('cut off', h.home_no::bigint * 4096 + c.outage_no, c.share)
        and (h.event in ('none', 'failed_install') or h.event_month > c.outage_no // 64)
        and h.joined_month = 0
        and t.esme is not null

),

installs as (

    select h.home_no, h.event_ms, t.*, pick('handover', h.home_no, 100) as handover_u
    from homes as h inner join home_targets as t on t.home_no = h.home_no
    where h.event = 'install' and t.esme is not null

),

switches as (

    select h.home_no, t.esme as target_no, 'E' as pool, day_ms(h.isw) + pick('gain time', h.home_no,
        36000000) as gain_ms
    from homes as h inner join home_targets as t on t.home_no = h.home_no where h.isw != 9999 and t.esme is not null
    union all
    select h.home_no, t.gsme, 'G', day_ms(h.gsw) + pick('gas gain time', h.home_no, 36000000)
    from homes as h inner join home_targets as t on t.home_no = h.home_no where h.gsw != 9999 and t.gsme is not null

),

storms as (

    select
        t.target_no,
        n.n as storm_no,
        day_ms(drawn_day('storm day', n.n, getvariable('month_no'))) + pick('storm time', n.n, 72000000) as started_ms,
        20 + pick('storm size', n.n, 80) as size
    from range(1, greatest(4, least(400, getvariable('devices') // 4000)) + 1) as n (n)
    inner join (select size from pool_sizes where pool = 'E' and day_no = -10) as p on true
    inner join targets as t
        on t.target_no = 4294967296 + pick('storm device', n.n + getvariable('month_no') * 1000, p.size)

),

found as (

    -- power cuts: the Hub says so after three minutes; the ESME when it is back; some of it goes missing
    select 'AD1/H/' as alert_key, started_ms + 180000 + pick('ad1', cut_no, 20000) as raised_ms, hub as target_no,
        false as suppressed, started_ms as anchor_ms
    from cut_homes where is_long and pick('ad1 lost', cut_no, 100) >= 3
    union all
    select '8F36/E/', started_ms + length_ms + pick('8f36', cut_no, 120000), esme, false, started_ms
    from cut_homes where is_long and pick('8f36 lost', cut_no, 100) >= 6
    union all
    select '8F35/E/', started_ms + length_ms + pick('8f35', cut_no, 90000), esme, false, started_ms
    from cut_homes where (is_long and pick('8f35 too', cut_no, 100) < 5) or (not is_long
        and pick('8f35 lost', cut_no, 100) >= 2)
    union all
    select '8F58/E/', started_ms + pick('8f58', cut_no, 60000), esme, false, started_ms
    from cut_homes where home_no % 20 = 0
    union all
    -- a new meter is made known to its network operator, who hands it the certificates in time, late or never
    select 'N16/E/', event_ms + 1260000, esme, false, event_ms from installs
    union all
    select 'N42/E/NetworkOperator', event_ms + 1260000 + 3600000 + pick('handover time', home_no, 500000000), esme,
        false, event_ms
    from installs where handover_u < 75
    union all
    select 'N42/E/NetworkOperator', event_ms + 1260000 + 604800000 + 1 + pick('handover time', home_no, 250000000),
        esme, false, event_ms
    from installs where handover_u >= 75 and handover_u < 87
    union all
    select '8F69/E/', event_ms + 1210000, esme, false, event_ms from installs
    union all
    select 'N24/H/', event_ms + 90000, hub, false, event_ms from installs
    union all
    select '8F69/G/', event_ms + 2710000, gsme, false, event_ms from installs
    union all
    select case pool when 'E' then 'N42/E/Supplier' else 'N42/G/Supplier' end, gain_ms + 30000, target_no, false,
        gain_ms
        from switches
    union all
    select case pool when 'E' then 'N27/E/' else 'N27/G/' end, gain_ms - 40000000, target_no, false, gain_ms
    from switches
    union all
    select case d.slot when 3 then k.code || '/G/'
        else k.code || '/E/' end, d.firmware_ms + k.after_ms, t.target_no, false, d.firmware_ms
    from devices as d
    inner join targets as t on t.device_no = d.device_no and t.pool in ('E', 'G')
    cross join (values ('8F8A', -7200000), ('8F72', 30000)) as k (code, after_ms)
    where d.firmware_ms is not null
    union all
    select 'N8/E/', h.event_ms + 5000, t.esme, false, h.event_ms
    from homes as h inner join home_targets as t on t.home_no = h.home_no where h.event = 'gone' and h.home_no % 4 = 2
    union all
    -- storms: after the first ten the rest is held back
    select '81A0/E/', s.started_ms + k.k * 4000, s.target_no, k.k >= 10, s.started_ms
    from storms as s
    cross join range(100) as k (k)
    where k.k < s.size

),

kept as (

    select f.*, m.mix_no, length(m.roles) - length(replace(m.roles, ' ', '')) + 1 as recipients
    from found as f
    inner join alert_mix as m on m.alert_key = f.alert_key
    where
        f.target_no is not null
        and is_told(f.raised_ms, f.anchor_ms)

),

spread as (

    select *, sum(recipients) over () as rows_in_all from kept

)

select
    getvariable('month_no')::bigint * 1000000000
        + row_number() over (order by raised_ms, target_no, mix_no, suppressed) as event_no,
    day_of(raised_ms)::integer as day_no,
    raised_ms,
    mix_no,
    target_no,
    suppressed
from spread
where chance('kept alert', target_no, least(1.0, getvariable('alerts') * 0.33 / rows_in_all))
order by event_no;

-- Of images that did not take, and of a meter that cannot stop, where it does not stand out among few alerts. After all
-- others, so that what these come to stays as it was.
insert into alert_events
with noisy as (

    select t.target_no, day_ms(getvariable('from_day') + 12) + 3600000 as started_ms
    from targets as t
    inner join party_levels as l on l.party_no = t.is1
    where
        getvariable('is_planted') and getvariable('alerts') >= 100000
        and t.pool = 'E' and l.has_cause and t.active_day = -9999 and t.gone_day = 9999 and t.isw = 9999
        and t.silent_from_ms = never_ms()
    order by rnd('noisy', t.device_no * 1000 + getvariable('month_no')), t.device_no
    limit 1

),

found as (

    select '8F1C/E/' as alert_key, delivered_ms + 1800000 as raised_ms, target_no, false as suppressed
    from failed_images
    where is_refused and delivered_ms + 1800000 < day_ms(getvariable('new_to'))
    union all
    select '81A0/E/', n.started_ms + k.k * 60000, n.target_no, k.k >= 10
    from noisy as n
    cross join range(1100) as k (k)

)

select
    (select coalesce(max(event_no), getvariable('month_no')::bigint * 1000000000) from alert_events)
        + row_number() over (order by f.raised_ms, f.target_no, m.mix_no),
    day_of(f.raised_ms)::integer,
    f.raised_ms,
    m.mix_no,
    f.target_no,
    f.suppressed
from found as f
inner join alert_mix as m on m.alert_key = f.alert_key
where getvariable('alerts') >= 1000
order by f.raised_ms, f.target_no, m.mix_no;
