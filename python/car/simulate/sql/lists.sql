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

create or replace table feed_incidents as
with states as (

    select i.*, s.state, case s.state when 1 then i.start_ms + 900000 when 2
        then i.resolved_ms + 3600000 end as recorded_ms
    from incidents as i
    cross join range(1, 3) as s (state)
    where s.state = 1 or i.is_resolved

),

told as (

    select *, month < getvariable('month_no') as is_told_again
    from states
    where is_new(recorded_ms) or (month = getvariable('month_no') and recorded_ms < day_ms(getvariable('new_to')))

)

select
    instant(recorded_ms) as recorded_at,
    incident_id,
    case category when 1 then 'Loss of service, ' || coalesce(csp_region, 'all regions') when 2
        then 'Degraded "WAN" in ' || coalesce(csp_region, 'all regions')
        else 'Slow responses, ticket ' || n end as title,
    category::tinyint as category,
    ['DSP', 'CSP', 'S1SP', 'SMKI'][1 + n % 4] as service,
    csp_region,
    case when region_no = 7 then 'SMETS1' when n % 3 = 0 or category = 1 then 'SMETS2' end as smets_version,
    ['Resolver Team ' || n % 4, 'Communications Service Provider', 'Data Service Provider'][1 + n % 3] as resolver,
    n % 5 != 0 as dcc_responsible,
    instant(start_ms + 600000) as raised_at,
    instant(start_ms + 600000 + pick('assigned', incident_no, 3000000)) as assigned_at,
    case when state = 2 then instant(resolved_ms + 600000) end as resolved_at,
    case when state = 2 and n % 6 != 1 then instant(resolved_ms + 86400000) end as closed_at,
    case when has_outage then instant(start_ms) end as outage_started_at,
    case when has_outage and state = 2 then instant(resolved_ms) end as outage_ended_at,
    null::varchar as related_transaction_id,
    landing_day((day_of(recorded_ms) + 14) // 3 * 3 - 12) as _land,
    'incidents' as _part,
    row_number() over (order by recorded_ms, incident_no, state) as _ord,
    case when state = 1 and is_resolved and not is_told_again then 'superseded' else 'accepted' end as _fate,
    false as _warning,
    is_told_again as _again
from told
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

create or replace table feed_service_outages as
select
    instant(recorded_ms) as recorded_at,
    printf('OUT%06d', n) as outage_id,
    component,
    csp_region,
    instant(start_ms) as started_at,
    case when n % 9 != 8 then instant(end_ms) end as ended_at,
    kind,
    case when kind = 'planned' then 'Operations Group' end as approved_by,
    incident_id,
    landing_day((day_of(recorded_ms) + 14) // 7 * 7 - 7) as _land,
    'outages' as _part,
    row_number() over (order by n) as _ord,
    'accepted' as _fate,
    false as _warning,
    false as _again
from (
    select
        getvariable('month_no') * 1000 + n as n,
        ['DSP', 'SSI', 'SMKI Repository', 'DCC User Interface'][1 + n % 4] as component,
        case n % 3 when 0 then ['North', 'Central', 'South', 'SMETS1'][1 + n % 4] end as csp_region,
        day_ms(drawn_day('planned day', n, getvariable('month_no'))) + 79200000 as start_ms,
        day_ms(drawn_day('planned day', n, getvariable('month_no'))) + 79200000 + 3600000 * (1 + n % 5) as end_ms,
        case n % 9 when 8 then 'unplanned' else 'planned' end as kind,
        null as incident_id,
        day_ms(drawn_day('planned day', n, getvariable('month_no'))) - 432000000 as recorded_ms
    from range(1, 13) as r (n)
    union all
    select incident_no + 100, service, csp_region, start_ms, resolved_ms, 'unplanned', incident_id,
        resolved_ms + 7200000
    from (select incident_no, ['DSP', 'CSP WAN'][1 + n % 2] as service, csp_region, start_ms, resolved_ms, incident_id,
        is_resolved, month from incidents where category <= 2)
    where is_resolved and (is_new(resolved_ms + 3600000) or month = getvariable('month_no'))
)
order by _ord;

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
        d.device_id,
        d.device_no,
        b.firmware_version,
        'SR' || strftime(day_date(r.day_no), '%Y%m%d') || '-E' || printf('%09d', r.event_no),
        r.started_ms,
        case when d.device_no % 2 = 0
            then r.started_ms + 86400000 + pick('delivered late', d.device_no, 500000000) end,
        null,
        case when d.device_no % 2 = 0 then 'Success' else 'FileTransferFailure' end
    from devices as d
    inner join homes as h on h.home_no = d.home_no
    inner join (
        select model_no, sender, min(batch_no) as batch_no, min_by(firmware_version, batch_no) as firmware_version
        from firmware_batches where role = 'IS' group by all
    ) as b on b.model_no = d.model_no and b.sender = h.is1
    inner join batch_requests as r on r.batch_no = b.batch_no
    where d.slot = 2 and d.firmware_ms is null and h.event = 'none' and h.joined_month = 0
        and chance_in('failed image', d.device_no, getvariable('month_no'), 0.01)

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

create or replace table feed_throttling_events as
select
    instant(start_ms + 7200000) as recorded_at,
    printf('THR%06d', getvariable('month_no') * 1000 + n) as event_id,
    case when n % 3 = 0 then 'Southbound' else 'Northbound' end as direction,
    instant(start_ms) as started_at,
    case when n != 9 then instant(start_ms + 60000 * (10 + pick('throttled', getvariable('month_no') * 1000 + n, 90)))
        end as ended_at,
    pick('forwarded', getvariable('month_no') * 1000 + n, 90000)::bigint as forwarded_count,
    pick('dropped', getvariable('month_no') * 1000 + n, 4000)::bigint as dropped_count,
    pick('exempted', getvariable('month_no') * 1000 + n, 900)::bigint as exempted_count,
    case when n = 1 then (select incident_id from incidents where n = 1 and month = getvariable('month_no'))
        end as incident_id,
    landing_day(day_of(start_ms + 7200000) // 7 * 7 + 7) as _land,
    'throttling' as _part,
    row_number() over (order by start_ms, n) as _ord,
    'accepted' as _fate,
    false as _warning,
    false as _again
from (
    select n, day_ms(case n when 1 then getvariable('from_day') + 8
        else drawn_day('throttling day', n, getvariable('month_no')) end) + 39600000 + n * 60000 as start_ms
    from range(1, 13) as r (n)
)
order by _ord;

create or replace table feed_defects as
select
    instant(day_ms(from_day - 2 + n * 3 % (month_days + 3)) + 43200000) as recorded_at,
    printf('DEF-%05d', 4100 + defect_no) as defect_id,
    ['Tariff switch lost after power cut', 'Duplicate alert, "N13"', 'Wrong timestamp, +1 h',
        'Schedule not removed'][1 + n % 4] as title,
    (1 + pick('severity', defect_no, 5))::tinyint as severity,
    day_date(from_day - 200 + pick('released', defect_no, 150))::date as released_on,
    day_date(from_day - 20 + pick('accepted', defect_no, 15))::date as accepted_on,
    case when n % 3 != 0 then day_date(from_day + pick('closed defect', defect_no, month_days))::date end as closed_on,
    landing_day(from_day + (12 + n * 3 % (month_days + 3)) // 7 * 7 - 7) as _land,
    'defects' as _part,
    row_number() over (order by n) as _ord,
    'accepted' as _fate,
    false as _warning,
    false as _again
from (
    select
        n,
        getvariable('month_no') * 100 + n as defect_no,
        getvariable('from_day') as from_day,
        getvariable('to_day') - getvariable('from_day') as month_days
    from range(1, 17) as r (n)
)
order by _ord;

create or replace table feed_performance_exceptions as
select
    instant(day_ms(getvariable('to_day')) + 36000000 + n * 60000) as recorded_at,
    printf('EXC-%05d', getvariable('month_no') * 100 + n) as exception_id,
    ['CPM1', 'CPM2', 'CPM3', 'DSP-1.1', 'CSP-4.3'][1 + n % 5] as measure_id,
    strftime(day_date(getvariable('from_day')), '%Y-%m') as month,
    case n % 4 when 0 then null when 1 then 'North' when 2 then 'SMETS1' else '4G South' end as csp_region,
    pick('excluded', getvariable('month_no') * 100 + n, 500)::bigint as excluded_count,
    ['Planned maintenance', 'Third party: mast without power', 'User error, agreed'][1 + n % 3] as reason,
    'Operations Group' as approved_by,
    getvariable('to_day')::integer as _land,
    'exceptions' as _part,
    row_number() over (order by n) as _ord,
    'accepted' as _fate,
    false as _warning,
    false as _again
from range(1, 11) as r (n)
order by _ord;

create or replace table feed_provider_measures as
with measures as (

    select
        m.measure_id, m.n, r.csp_region, coalesce(r.region_no, 0) as region_no, b.back,
        pick(
            'numerator', getvariable('month_no') * 1000 + n * 100 + coalesce(r.region_no, 0) * 10 + back, 9900
        ) as share
    from (values (1, 'DSP-1.1'), (2, 'DSP-1.2'), (3, 'DSP-1.4'), (4, 'CSP-2'), (5, 'CSP-3.1'), (6, 'CSP-4.1'), (7,
        'CSP-4.3')) as m (n, measure_id)
    inner join (select region_no, csp_region from regions union all select null, null) as r
        on (m.measure_id like 'DSP%') = (r.csp_region is null)
    cross join (values (0), (1)) as b (back)

)

select
    instant(day_ms(getvariable('to_day') + 1 - back * 3) + 32400000) as recorded_at,
    measure_id,
    strftime(day_date(getvariable('from_day')) - back * 5, '%Y-%m') as month,
    csp_region,
    case when measure_id like 'DSP%' then 'Data Service Provider' when region_no in (1, 4) then 'CSP North'
        when region_no = 7 then 'S1SP'
        else 'CSP Central and South' end as service_provider,
    (90000 + share)::decimal(18, 2) as numerator,
    100000::decimal(18, 2) as denominator,
    case when share < 3000 then 125000
        else 0 end::bigint as service_credit_pence,
    (getvariable('to_day') + 1 - back * 3)::integer as _land,
    'measures' as _part,
    row_number() over (order by back desc, n, region_no) as _ord,
    'accepted' as _fate,
    false as _warning,
    -- the month before is told once more
    back = 1 and getvariable('month_no') > 0 as _again
from measures
order by _ord;

create or replace table feed_commentary as
select
    instant(day_ms(getvariable('to_day') + 2) + 32400000) as recorded_at,
    measure_id,
    strftime(day_date(getvariable('from_day')), '%Y-%m') as month,
    csp_region,
    text,
    (getvariable('to_day') + 2)::integer as _land,
    'commentary' as _part,
    row_number() over (order by measure_id, csp_region nulls first) as _ord,
    'accepted' as _fate,
    false as _warning,
    false as _again
from (values
    ('CPM1', null, 'Below target in the second week: a "Category 1" Incident in the Central region, see below.'),
    ('CPM1', 'Central', 'The Incident lasted most of a morning.' || chr(10)
        || 'Responses were slow until noon, and failed for a part of it.'),
    ('CPM2', null, 'Above target.'),
    ('CPM3', null, 'Alerts were held back on one day; storm protection worked as meant.'),
    ('CPM3', 'North', 'Late alerts after a power cut; +3 % on the month before.'),
    ('CPM4', null, 'One Incident is still open.'),
    ('CPM5', null, 'Within target.'),
    ('CSP-4.3', 'SMETS1', 'No change.')
) as t (measure_id, csp_region, text)
order by _ord;
