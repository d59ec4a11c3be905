-- The small lists, and what the Incidents among them do to the traffic.

create or replace table feed_parties as
with lists as (

    select * from (values
        (1, getvariable('first_day')), (2, getvariable('from_day') + 10), (3, getvariable('to_day') + 1)
    ) as t (list_no, published_day)
    where t.list_no > 1 or getvariable('month_no') = 0

)

select
    day_date(l.published_day)::date as published_on,
    p.party_id,
    -- a supplier took a new name between the first list and the second
    case when l.list_no = 1 and p.party_no = 2 then 'Formerly ' || p.party_name else p.party_name end as party_name,
    p.corporate_group,
    p.party_category,
    r.role,
    r.active_from,
    r.active_to,
    l.published_day::integer as _land,
    'register' as _part,
    row_number() over (order by l.list_no, p.party_no, r.role) as _ord,
    case when l.list_no = 3 then 'accepted' else 'superseded' end as _fate,
    false as _warning,
    false as _again
from lists as l
cross join party_roles as r
inner join parties as p on p.party_no = r.party_no
order by _ord;

create or replace table feed_central_products_list as
with lists as (

    select * from (values (1, getvariable('first_day')), (2, getvariable('to_day') - 4)) as t (list_no, published_day)
    where t.list_no > 1 or getvariable('month_no') = 0

),

versions as (

    -- where causes are planted, only what electricity meters run is taken off the list
    select m.*, v.n as version_no, m.device_type = 'ESME' or not getvariable('is_planted') as may_end,
        case v.n when 1 then m.firmware_1 when 2 then m.firmware_2
        else m.firmware_3 end as firmware_version
    from models as m
    cross join range(1, 4) as v (n)

)

select
    day_date(l.published_day)::date as published_on,
    v.device_type,
    v.manufacturer,
    v.model,
    v.firmware_version,
    v.smets_version,
    case when v.version_no = 1 and v.model_no % 3 = 0 and l.list_no = 2 and v.may_end then 'Removed'
        else 'Current' end as status,
    case
        when not v.may_end then null
        when v.version_no = 1 and v.model_no % 3 = 1 then day_date(getvariable('origin_days') + 3 + v.model_no % 20)
        when v.version_no = 2 and v.model_no % 5 = 0 then day_date(getvariable('origin_days') + 200)
        when v.version_no = 2 and v.model_no % 7 = 3 and not getvariable('is_planted')
            then day_date(getvariable('origin_days') - 20)
    end::date as expires_on,
    l.published_day::integer as _land,
    'cpl' as _part,
    row_number() over (order by l.list_no, v.model_no, v.version_no) as _ord,
    case when l.list_no = 2 then 'accepted' else 'superseded' end as _fate,
    false as _warning,
    false as _again
from lists as l
cross join versions as v
-- one model's third version has not been listed yet, so that some Devices run what the list does not know
where not (v.version_no = 3 and v.model_no % 13 = 5)
order by _ord;

-- Grain: one row per Incident (incident_no: month * 1000 + n) up to the month that is written; an open one of a month
-- before is resolved later.
create or replace table incidents as
with numbered as (

    select
        n::integer as n,
        month::integer as month,
        (month * 1000 + n)::integer as incident_no,
        case when n = 1 then 1 when n in (2, 3, 4) then 2 when n <= 10 then 3 when n <= 22 then 4
            else 5 end as category,
        n = 2 and getvariable('is_planted') as is_planted,
        case
            when n = 1 then 8
            when n = 2 and getvariable('is_planted') then getvariable('bad_week_day')
            when n = 2 then 14
            when n = 3 then 20
            when n = 4 then month_days - 3
            else pick('incident day', month * 1000 + n, month_days + 6)::integer - 5
        end + from_day as day_no
    from (
        select month, getvariable('month_from')[month + 1] as from_day,
            events_to(month) - 3 - getvariable('month_from')[month + 1] as month_days
        from range(getvariable('month_no') + 1) as m (month)
    )
    cross join range(1, 31 + least(400, getvariable('devices') // 20000)) as r (n)

),

timed as (

    select
        *,
        day_ms(day_no) + case n when 1 then 36000000 when 2 then 28800000
            else pick('incident time', incident_no, 86400000) end as start_ms,
        case
            when is_planted then 604800000
            -- still open when the month is over
            when n = 4 then 604800000
            when category = 1 then 10800000 + pick('incident length', incident_no, 7200000)
            when category = 2 then 14400000 + pick('incident length', incident_no, 90000000)
            when category = 3 then 36000000 + pick('incident length', incident_no, 300000000)
            else 86400000 + pick('incident length', incident_no, 800000000)
        end as length_ms,
        case
            when n = 1 then 2
            when is_planted then 1 + pick('bad week region', month, 3)
            when n = 2 then 7
            when n = 3 then null
            when n = 4 then 1
            when pick('incident region', incident_no, 3) > 0 then 1 + pick('incident region b', incident_no, 7)
        end::tinyint as region_no
    from numbered

)

select
    t.*,
    printf('INC%012d', 337346 + t.incident_no) as incident_id,
    r.csp_region,
    t.start_ms + t.length_ms as resolved_ms,
    -- the outage is known for all grave Incidents but one, whose life stands for it
    t.n != 3 and (t.category <= 2 or t.n % 2 = 0) as has_outage,
    t.start_ms + t.length_ms + 3600000 < day_ms(getvariable('new_to')) as is_resolved
from timed as t
left join regions as r on r.region_no = t.region_no;

-- Grain: one row per state of an Incident (incident_no, state): raised, resolved, closed, opened again, closed again.
-- Some are assigned to nobody, resolved by nobody, closed weeks later or never.
create or replace table incident_states as
with quiet as (

    -- Hubs that were left without a network (901 to 903), and what was open before the first month (911 to 913).
    select
        q.n,
        m.month::integer as month,
        (m.month * 1000 + q.n)::integer as incident_no,
        q.category,
        null::tinyint as region_no,
        null::varchar as csp_region,
        day_ms(getvariable('month_from')[m.month + 1] + q.day) + 36000000 as start_ms,
        q.hours * 3600000::bigint as length_ms,
        false as has_outage
    from range(getvariable('month_no') + 1) as m (month)
    cross join (
        values (901, 4, 12, 20), (902, 5, 13, 20), (903, 4, 14, 20), (911, 4, -125, 20), (912, 5, -96, 2520),
        (913, 3, -50, 20)
    ) as q (n, category, day, hours)
    where q.n < 910 or m.month = 0

),

every_one as (

    select n, month, incident_no, category, region_no, csp_region, start_ms, length_ms, has_outage from incidents
    union all
    select * from quiet

),

timed as (

    select
        *,
        printf('INC%012d', 337346 + incident_no) as incident_id,
        start_ms + 600000 as raised_ms,
        -- mostly within the time that its category has
        case when n % 13 != 12 then least(
            length_ms // 2,
            pick('assigned', incident_no, [13, 26, 58, 234, 1872][category] * 60000)
        ) end as assigned_after_ms,
        start_ms + length_ms + 600000 as solved_ms,
        start_ms + length_ms + 600000 + 86400000::bigint * case when n % 6 = 1 and n between 5 and 900 then 40
            else 1 end as shut_ms
    from every_one

),

states as (

    select t.*, s.state, case s.state
        when 1 then raised_ms + coalesce(assigned_after_ms, 0) + 300000
        when 2 then solved_ms + 3600000
        when 3 then shut_ms + 3600000
        when 4 then shut_ms + 172800000
        else shut_ms + 435600000
    end as recorded_ms
    from timed as t
    cross join range(1, 6) as s (state)
    where
        case s.state
            when 1 then true
            when 2 then n not in (26, 30, 903, 911, 913)
            when 3 then n not in (30, 903, 911, 913)
            else n in (13, 23)
        end

)

select
    *,
    state = max(state) over (partition by incident_no) as is_whole,
    -- one was closed without a word of when it was resolved
    case when n = 26 then null when state in (2, 3) then solved_ms when state = 5 then shut_ms + 345600000 end
        as resolved_at_ms,
    case state when 3 then shut_ms when 5 then shut_ms + 432000000 end as closed_at_ms
from states;

create or replace table feed_incidents as
with told as (

    select *, state = max(state) over (partition by incident_no) as is_last, min(state) over (partition by incident_no)
        > 1 as is_told_again
    from incident_states
    where is_told_of(month, recorded_ms)

),

-- those whose Hub was left without a network, in the month that is written: each of these is told in its own month
left_without as (

    select
        900 + row_number() over (order by e.event_no) as n,
        'SR' || strftime(day_date(e.day_no), '%Y%m%d') || '-E' || printf('%09d', e.event_no) as transaction_id
    from request_events as e
    inner join request_mix as m on m.mix_no = e.mix_no
    where m.srv = '8.14.2' and e.day_no between getvariable('from_day') and getvariable('from_day') + 11

)

select
    instant(t.recorded_ms) as recorded_at,
    t.incident_id,
    case t.category when 1 then 'Loss of service, ' || coalesce(t.csp_region, 'all regions') when 2
        then 'Degraded "WAN" in ' || coalesce(t.csp_region, 'all regions')
        else 'Slow responses, ticket ' || t.n end as title,
    t.category::tinyint as category,
    -- the last of each is in no list that the report knows
    [
        'DCC User Interface', 'DUIS', 'DSP', 'CSP North', 'CSP Central', 'CSP South', 'S1SP', 'DCO', 'RDP',
        'Registration Data Interface', 'SMKI', 'SMKI Repository', 'SMKI Repository Interface',
        'SMKI Services Interfaces', 'SSI', 'Self-Service Interface', 'Billing Portal'
    ][1 + t.incident_no % 17] as service,
    t.csp_region,
    case when t.region_no = 7 then 'SMETS1' when t.n % 3 = 0 or t.category = 1 then 'SMETS2'
        when t.n % 10 = 5 and t.region_no is null then 'SMETS1' end as smets_version,
    [
        'DCC', 'DCC Service Centre', 'DCC TOC', 'DSP', 'CSP', 'CSP North', 'CSP Central', 'CSP South', '=CSP', 'S1SP',
        'DCO', 'SMKI', 'BT', 'Resolver Team 4'
    ][1 + t.incident_no % 14] as resolver,
    case when t.category <= 2 then true when t.n = 18 then null else t.n % 7 != 0 end as dcc_responsible,
    instant(t.raised_ms) as raised_at,
    instant(t.raised_ms + t.assigned_after_ms) as assigned_at,
    instant(t.resolved_at_ms) as resolved_at,
    instant(t.closed_at_ms) as closed_at,
    case when t.has_outage then instant(t.start_ms) end as outage_started_at,
    case when t.has_outage and t.state > 1 then instant(t.start_ms + t.length_ms) end as outage_ended_at,
    l.transaction_id as related_transaction_id,
    landing_day((day_of(t.recorded_ms) + 14) // 3 * 3 - 12) as _land,
    'incidents' as _part,
    -- first what changes no more: of the first rows there are copies from after the as-of instant
    row_number() over (order by t.is_whole desc, t.recorded_ms, t.incident_id, t.state) as _ord,
    case when t.is_last then 'accepted' else 'superseded' end as _fate,
    false as _warning,
    t.is_told_again as _again
from told as t
left join left_without as l on l.n = t.n and t.month = getvariable('month_no')
order by _ord;

-- Grain: one row per hour and region (hour_no, region_no): what Incidents do then, mostly nothing.
create or replace table effects as
with hours as (

    select h.hour_no, r.region_no, day_ms(0) + h.hour_no * 3600000 as hour_ms
    from range((getvariable('first_traffic_day') - 2) * 24, (getvariable('last_traffic_day') + 3) * 24) as h (hour_no)
    cross join regions as r

),

outages as (

    select
        category,
        is_planted,
        region_no,
        start_ms,
        case when is_resolved then resolved_ms else day_ms(getvariable('last_day')) end as end_ms
    from incidents
    where category <= 2 or (category = 3 and has_outage)

)

select
    h.hour_no::integer as hour_no,
    h.region_no::tinyint as region_no,
    coalesce(
        max(
            case
                when o.category is null then 0
                when o.is_planted then getvariable('bad_week_ppm')
                when o.category = 1 then 450000
                when o.category = 3 then 20000
                -- among planted causes a grave one of a day must not look like one
                when getvariable('is_planted') then 60000
                else 180000
            end
        ), 0
    )::integer as failure_ppm,
    coalesce(max(case when o.is_planted then getvariable('bad_week_operator_ppm') end), 0)::integer as planted_ppm,
    coalesce(max(case o.category when 1 then 20000 when 2 then 12000 when 3 then 2000 end), 0)::integer as delay_ms
from hours as h
left join outages as o
    on
        h.hour_ms < o.end_ms
        and h.hour_ms + 3600000 > o.start_ms
        and (o.region_no = h.region_no or (o.region_no is null and (o.category != 1 or h.region_no != 7)))
group by all
order by hour_no, region_no;

-- Grain: one row per Hub of which an image of its own failed (device_no); kind: 0 never delivered, 1 late and not
-- activated, 2 not activated.
create or replace table failed_hub_images as
select
    *,
    case kind when 1 then requested_ms + 561600000 when 2 then requested_ms + 90000000 end as delivered_ms
from (
    select
        d.device_no,
        d.device_id,
        m.firmware_3 as firmware_version,
        d.device_no % 3 as kind,
        day_ms(events_from(getvariable('month_no')) + 1 + pick('hub image day', d.device_no, 17)) + 36000000
            as requested_ms
    from devices as d
    inner join homes as h on h.home_no = d.home_no
    inner join models as m on m.model_no = d.model_no
    where d.slot = 1 and d.firmware_ms is null and h.event = 'none' and h.joined_month = 0
        and chance_in('failed hub image', d.device_no, getvariable('month_no'), 0.003)
);

create or replace table feed_firmware_distributions as
with sent as (

    select
        b.device_id,
        b.device_no,
        b.firmware_version,
        case when b.role is not null
            then 'SR' || strftime(day_date(r.day_no), '%Y%m%d') || '-E' || printf('%09d',
                r.event_no) end as transaction_id,
        coalesce(r.started_ms, b.firmware_ms - 172800000) as requested_ms,
        b.firmware_ms - 1800000 - pick('delivered', b.device_no, 3600000) as delivered_ms,
        b.firmware_ms as activated_ms,
        'Success' as result
    from firmware_batches as b
    left join batch_requests as r on r.batch_no = b.batch_no
    where b.device_type in ('ESME', 'GSME', 'CHF') and (r.batch_no is not null or b.device_type = 'CHF')
    union all
    -- images that did not arrive, or arrived and were not activated
    select
        device_id,
        device_no,
        firmware_version,
        'SR' || strftime(day_date(day_no), '%Y%m%d') || '-E' || printf('%09d', event_no),
        started_ms,
        delivered_ms,
        null,
        case when delivered_ms is not null then 'Success' else 'FileTransferFailure' end
    from failed_images
    union all
    -- a Hub's own: never delivered, after the five days that count, or delivered and not activated
    select device_id, device_no, firmware_version, null, requested_ms, delivered_ms, null,
        case when delivered_ms is null then 'FileTransferFailure' else 'Success' end
    from failed_hub_images

)

select
    instant(least(coalesce(activated_ms, delivered_ms, requested_ms) + 600000, day_ms(getvariable('last_day'))
        + 72000000)) as recorded_at,
    device_id,
    firmware_version,
    transaction_id,
    instant(requested_ms) as requested_at,
    instant(delivered_ms) as delivered_at,
    instant(activated_ms) as activated_at,
    result,
    -- landed weekly
    landing_day((day_of(coalesce(activated_ms, delivered_ms, requested_ms) + 600000) + 14) // 7 * 7 - 7) as _land,
    'firmware' as _part,
    row_number() over (order by requested_ms, device_no, firmware_version) as _ord,
    'accepted' as _fate,
    false as _warning,
    false as _again
from sent
order by _ord;
