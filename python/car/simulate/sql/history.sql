-- Extracts of the inventory and the registrations: in the first month everything before its first landing day in full,
-- then increments.

-- Grain: one row per Device and instant at which something about it changes (device_no, change_ms).
create or replace table changes as
with found as (

    -- installed: before the month for most, with the steps before it for those of the month
    select d.device_no, d.commissioned_ms as change_ms
    from devices as d inner join homes as h on h.home_no = d.home_no
    where h.event != 'failed_install'
    union all
    select d.device_no, d.commissioned_ms - (3 + d.home_no % 8) * 86400000
    from devices as d inner join homes as h on h.home_no = d.home_no
    where (h.event = 'install' or d.slot = 8
            or ((h.event = 'none' or h.event_month > 0) and chance('whole history', d.device_no, 0.02)))
        and h.event != 'failed_install'
    union all
    select d.device_no, d.commissioned_ms - 1800000
    from devices as d inner join homes as h on h.home_no = d.home_no
    where h.event = 'install' or d.slot = 8
    union all
    -- never commissioned: notified ahead, then left half-installed
    select d.device_no, unnest([h.event_ms - 432000000, h.event_ms])
    from devices as d inner join homes as h on h.home_no = d.home_no
    where h.event = 'failed_install'
    union all
    select device_no, firmware_ms from devices where firmware_ms is not null
    union all
    select d.device_no, h.payment_changed_ms
    from devices as d inner join homes as h on h.home_no = d.home_no
    where d.slot in (2, 3) and h.payment_changed_ms is not null
    union all
    -- a new Hub: the old one is decommissioned, the others hang on the new one
    select d.device_no, b.exchanged_ms
    from devices as d inner join hubs as b on b.home_no = d.home_no
    where d.slot != 8 and b.exchanged_ms is not null
    union all
    select device_no, unnest([moved_ms, moved_ms + 90000000]) from devices where moved_ms is not null
    union all
    select d.device_no, h.event_ms
    from devices as d inner join homes as h on h.home_no = d.home_no
    where h.event = 'gone'
    union all
    -- suspended, and recovered within days
    select d.device_no, unnest([h.event_ms + 86400000, h.event_ms + 259200000])
    from devices as d inner join homes as h on h.home_no = d.home_no
    where h.event = 'gone' and h.home_no % 4 = 2

)

select distinct f.device_no, f.change_ms
from found as f
inner join devices as d on d.device_no = f.device_no
inner join homes as h on h.home_no = d.home_no
where
    is_new(f.change_ms)
    -- what led to an install of the month is told with it
    or (f.change_ms < day_ms(getvariable('new_from')) and h.event_month = getvariable('month_no')
        and (h.event in ('install', 'failed_install') or d.slot = 8));

create or replace table feed_device_inventory as
with states as (

    select
        d.device_no,
        c.change_ms,
        d.device_id,
        d.device_type,
        d.slot,
        h.home_no,
        case
            when h.event = 'failed_install' then case when c.change_ms < h.event_ms then 'Pending'
                else 'InstalledNotCommissioned' end
            when c.change_ms < d.commissioned_ms - 1800000
                then case when h.home_no % 2 = 0 then 'Pending' else 'Whitelisted' end
            when c.change_ms < d.commissioned_ms then 'InstalledNotCommissioned'
            when d.slot = 1 and c.change_ms >= b.exchanged_ms then 'Decommissioned'
            when h.event = 'gone' and c.change_ms >= h.event_ms then case
                when h.home_no % 4 in (0, 1) then 'Decommissioned'
                when h.home_no % 4 = 3 then 'Withdrawn'
                when c.change_ms >= h.event_ms + 259200000 then 'Recovered'
                when c.change_ms >= h.event_ms + 86400000 then 'Recovery'
                else 'Suspended'
            end
            else 'Commissioned'
        end as device_status,
        (h.event = 'gone' and h.home_no % 4 = 0
            and c.change_ms >= h.event_ms) or coalesce(c.change_ms = d.moved_ms, false) as is_removed,
        m.manufacturer,
        m.model,
        case
            when c.change_ms >= d.firmware_ms then case d.firmware_before when 1 then m.firmware_2
                else m.firmware_3 end
            when d.firmware_before = 1 then m.firmware_1
            else m.firmware_2
        end as firmware_version,
        m.smets_version,
        case
            when d.slot in (1, 8) then null
            -- put up again in a neighbour's home
            when c.change_ms > d.moved_ms then coalesce(nb.hub_id, b.hub_id)
            when c.change_ms >= b.exchanged_ms then b.next_hub_id
            else b.hub_id
        end as chf_device_id,
        h.csp_region,
        h.s1sp,
        case d.slot
            when 2 then h.mpan
            when 3 then h.mprn
            when 4 then case when h.home_no % 5 = 0 then h.mprn end
        end as mpxn,
        case when d.slot = 2 and h.has_export then h.export_mpan end as export_mpan,
        case when d.slot = 2 then h.is_mpan_wrong when d.slot = 3 or (d.slot = 4 and h.home_no % 5 = 0)
            then h.is_mprn_wrong else false end
            as is_wrong,
        h.postcode,
        case when c.change_ms >= d.commissioned_ms and h.event != 'failed_install'
            then d.commissioned_ms end as commissioned_ms,
        case
            when d.slot not in (2, 3) then null
            when c.change_ms >= h.payment_changed_ms then case h.payment_mode when 'Credit' then 'Prepayment'
                else 'Credit' end
            else h.payment_mode
        end as payment_mode,
        case when d.slot in (1, 2, 3, 4, 8) and not chance('no certificate date', d.device_no, 0.03)
            -- where causes are planted, the certificates of electricity meters end first
            then day_date(
                getvariable('origin_days') + case when not getvariable('is_planted') then -5 when d.slot = 2 then 0
                    else 700 end + pick('certificate', d.device_no, 3000)
            )
        end as security_certificate_expires_on,
        (c.change_ms // 14400000 + 1) * 14400000
            + case when chance('late increment', d.device_no + c.change_ms // 1000, 0.02)
                then 86400000 * (1 + d.device_no % 4) else 0 end
            as extract_ms
    from changes as c
    inner join devices as d on d.device_no = c.device_no
    inner join homes as h on h.home_no = d.home_no
    inner join models as m on m.model_no = d.model_no
    inner join hubs as b on b.home_no = d.home_no
    left join hubs as nb on nb.home_no = d.home_no - 1

),

extracted as (

    select
        *,
        change_ms < day_ms(getvariable('first_day')) and getvariable('month_no') = 0 as is_initial,
        case
            when change_ms < day_ms(getvariable('first_day')) then day_ms(getvariable('first_day')) + 14400000
            else least(extract_ms, day_ms(getvariable('last_day')) + 72000000)
        end as landed_ms
    from states

)

select
    device_id,
    instant(landed_ms) as extract_at,
    instant(change_ms) as effective_at,
    case when is_removed then 'remove' else 'upsert' end as operation,
    printf('SMS%09d', home_no) as smart_metering_system_id,
    device_type,
    device_status,
    manufacturer,
    model,
    firmware_version,
    smets_version,
    chf_device_id,
    csp_region,
    s1sp,
    mpxn,
    export_mpan,
    postcode,
    instant(commissioned_ms) as commissioned_at,
    payment_mode,
    security_certificate_expires_on,
    day_of(landed_ms)::integer as _land,
    case
        when is_initial then 'full-' || printf('%03d', device_no // 400000)
        else 'increment-' || (landed_ms // 28800000) % 3
    end as _part,
    row_number() over (order by landed_ms, device_no, change_ms) as _ord,
    'accepted' as _fate,
    is_wrong as _warning,
    false as _again
from extracted
order by _ord;

-- Registrations: who supplies each meter point, with a period before for some and the switches of the month. Of what
-- landed with an earlier month only what changes.
create or replace table feed_registrations as
with meters as (

    select
        d.device_no * 4 + k.kind as point_no,
        k.kind,
        case k.kind when 0 then h.mpan when 1 then h.mprn else h.export_mpan end as mpxn,
        case k.kind when 0 then 'IS' when 1 then 'GS' else 'ES' end as role,
        case k.kind when 0 then h.is1 when 1 then h.gs1 else h.es end as supplier,
        case k.kind when 0 then h.is2 when 1 then h.gs2 else h.es end as next_supplier,
        nullif(case k.kind when 0 then h.isw when 1 then h.gsw else 9999 end, 9999) as switch_day,
        case when k.kind != 1 then h.ed end as ed,
        case k.kind when 0 then h.is_mpan_wrong when 1 then h.is_mprn_wrong else false end as is_wrong,
        day_of(h.installed_ms) - 1 - pick('registered', d.device_no, 400) as from_day,
        h.joined_month = getvariable('month_no') as is_new_point,
        -- all that the month is told of first
        coalesce(is_new(day_ms(case k.kind when 0 then h.isw when 1 then h.gsw end)), false) as switches_now
    from devices as d
    inner join homes as h on h.home_no = d.home_no
    inner join range(3) as k (kind) on (k.kind = 1) = (d.slot = 3)
    where
        d.slot in (2, 3)
        and (k.kind != 2 or h.has_export)
        and not chance('not registered', d.device_no * 4 + k.kind, 0.01)

),

periods as (

    -- the period of before, where there was another supplier
    select m.*, s.party_no as holder, m.from_day - 200 as period_from, m.from_day - 1 as period_to,
        getvariable('first_day') as extract_day,
        m.point_no % 2 = 0 as is_closed, 'accepted' as fate, false as again
    from meters as m
    inner join role_slots as s on s.role = m.role and s.slot = pick('supplier before', m.point_no, 4096)
    where chance('switched before', m.point_no, 0.15) and s.party_no != m.supplier and m.is_new_point
    union all
    -- the period at the start of the month; a switch may close it in a later extract
    select m.*, m.supplier, m.from_day, m.switch_day - 1, getvariable('first_day'), false,
        case when m.switches_now and m.point_no % 2 = 0 then 'superseded' else 'accepted' end, false
    from meters as m
    where m.is_new_point
    union all
    select m.*, m.supplier, m.from_day, m.switch_day - 1,
        least(getvariable('last_day'), greatest(getvariable('first_day') + 1,
            m.switch_day - 2 + pick('closed', m.point_no, 6))), true, 'accepted',
        not m.is_new_point
    from meters as m
    where m.switches_now and m.point_no % 2 = 0
    union all
    -- the new period: usually told two days ahead, sometimes days late
    select m.*, m.next_supplier, m.switch_day, null,
        least(getvariable('last_day'), greatest(getvariable('first_day') + 1,
            m.switch_day - 2 + case when chance('told late', m.point_no, 0.1) then 6 else 0 end)),
        false, 'accepted', false
    from meters as m
    where m.switches_now

)

select
    instant(day_ms(p.extract_day) + 18000000) as extract_at,
    p.mpxn,
    p.role,
    s.party_id as supplier_party_id,
    day_date(p.period_from) as effective_from,
    case when p.is_closed then day_date(p.period_to) end as effective_to,
    n.party_id as network_operator_party_id,
    p.extract_day::integer as _land,
    case when p.extract_day = getvariable('first_day') and getvariable('month_no') = 0
        then 'full-' || printf('%03d', p.point_no // 1600000)
        else 'increment' end as _part,
    row_number() over (order by p.extract_day, p.point_no, p.period_from, p.fate) as _ord,
    p.fate as _fate,
    p.is_wrong as _warning,
    p.again as _again
from periods as p
inner join parties as s on s.party_no = p.holder
left join parties as n on n.party_no = p.ed
order by _ord;
