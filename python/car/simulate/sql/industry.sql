-- The estate: models, homes with their suppliers over time, Devices and what happens to them.
-- Homes and Devices are numbered densely; every choice about one is a hash of its number.

-- Grain: one row per model (model_no); share of the model's Devices that take the new firmware this month.
create or replace table models as
with numbered as (

    select
        row_number() over (order by c.smets_version desc, c.device_type, r.n)::integer as model_no,
        c.device_type,
        c.smets_version,
        r.n::integer as model_rank,
        -- the others are fitted by the suppliers with a cause alone
        case when getvariable('is_planted') then c.open_count else c.model_count end as open_count
    from model_counts as c
    inner join range(1, 10) as r (n) on r.n <= c.model_count

)

select
    model_no,
    device_type,
    smets_version,
    model_rank,
    open_count,
    case
        when is_slow then printf('%04X', 4096 + pick('slow manufacturer', 1, 61440))
        when smets_version = 'SMETS2' then printf('%04X', 4096 + pick('manufacturer', model_no % 11, 61440))
        else ['Brightmeter', 'Hollis, Pike & Co', 'Norden "Eins"'][1 + model_no % 3]
    end as manufacturer,
    case
        when smets_version = 'SMETS2' then printf('%08X', 4096 + pick('model', model_no, 4294000000))
        -- text that a spreadsheet would run
        when model_no % 7 = 0 then '=HOME-' || model_rank
        else device_type || ' ' || (model_rank * 100)
    end as model,
    printf('%08X', 65536 + pick('firmware', model_no, 1000000) * 16) as firmware_1,
    printf('%08X', 65536 + pick('firmware', model_no, 1000000) * 16 + 3) as firmware_2,
    printf('%08X', 65536 + pick('firmware', model_no, 1000000) * 16 + 7) as firmware_3,
    case when model_no % 4 = 1 then 6 else 1 end * getvariable('rate_firmware')::double as rollout_share,
    is_slow,
    -- in a small market one model of each meter fails more
    case when model_rank = open_count and device_type in ('ESME', 'GSME') and not getvariable('is_planted') then 260
        else 100 end as failure_percent
from (
    select
        n.*,
        exists(
            from cause_suppliers as c
            where c.cause = 'slow_manufacturer' and c.device_type = n.device_type and c.model_rank = n.model_rank
                and n.smets_version = 'SMETS2'
        ) as is_slow
    from numbered as n
);

-- Grain: one row per home (home_no): its kind, area, suppliers before and after a switch, and its one event.
-- Each month after the first brings homes of its own (joined_month), in which Devices are installed.
create or replace table homes as
with numbered as (

    select home_no::integer as home_no, 0 as joined_month
    from range(1, getvariable('devices')::bigint // 2 + 2) as r (home_no)
    union all
    select (getvariable('devices')::bigint // 2 + 1 + (m.month - 1) * getvariable('homes_a_month') + n.n)::integer,
        m.month::integer
    from range(1, getvariable('month_no') + 1) as m (month)
    cross join range(1, getvariable('homes_a_month')::bigint + 1) as n (n)

),

dated as (

    select
        *,
        case
            when joined_month > 0 then joined_month
            when pick('home event', home_no * 1000, 1000000) < getvariable('cut_failed')::double * 1000000 then 0
            when getvariable('month_no') = 0 then null
            else list_filter(
                range(1, getvariable('month_no') + 1),
                lambda m : pick('home event', home_no * 1000 + m, 1000000) < getvariable('cut_later')::double * 1000000
            )[1]
        end::integer as event_month
    from numbered

),

drawn as (

    select
        *,
        rnd('home', home_no) as h,
        pick('home event', home_no * 1000 + coalesce(event_month, 0), 1000000)::double / 1000000 as event_u,
        drawn_day('event day', home_no, coalesce(event_month, 0)) as event_day,
        1 + pick('area', home_no, 14)::integer as area_no
    from dated

),

kinds as (

    select
        *,
        h % 1000 < 580 or (h % 1000 >= 730 and h % 1000 < 930) as is_dual,
        h % 1000 >= 730 as is_smets1,
        bits(h, 20, 10) < 80 as is_4g,
        bits(h, 30, 10) < getvariable('rate_export')::double * 1024 as has_export,
        case when bits(h, 40, 10) < getvariable('rate_prepayment')::double * 1024 then 'Prepayment'
            else 'Credit' end as payment_mode,
        case
            when joined_month > 0 then case when event_u < getvariable('share_failed')::double then 'failed_install'
                else 'install' end
            when event_month > 0 then case when event_u < getvariable('rate_hub_exchanges')::double then 'hub_exchange'
                else 'gone' end
            when event_u < getvariable('rate_installs')::double then 'install'
            when event_u < getvariable('cut_hub_exchange')::double then 'hub_exchange'
            when event_u < getvariable('cut_gone')::double then 'gone'
            when event_u < getvariable('cut_failed')::double then 'failed_install'
            else 'none'
        end as event,
        -- installers work from 8 to 16
        day_ms(event_day) + 28800000 + pick('event time', home_no, 28800000) as event_ms,
        getvariable('origin_ms')::bigint - (30 + pick('installed', home_no, 1100)) * 86400000
            + 28800000 + pick('event time', home_no, 28800000) as installed_before_ms
    from drawn

),

supplied as (

    select
        k.*,
        s1.party_no as is1,
        s2.party_no as is2,
        first_month('electricity switch', k.home_no, getvariable('rate_switches')::double) as switch_month,
        first_month('gas switch', k.home_no, getvariable('rate_switches')::double * 0.3) as gas_switch_month,
        first_month('payment change', k.home_no, getvariable('rate_payment_changes')::double) as payment_month,
        case when chance('same supplier', k.home_no, 0.85) and sg.party_no is not null then sg.party_no
            else g1.party_no end as gs1,
        case when g2s.party_no is not null then g2s.party_no else g2.party_no end as gs2,
        case when k.has_export then case when chance('same exporter', k.home_no, 0.6) and se.party_no is not null
            then se.party_no else e1.party_no end
        end as es
    from kinds as k
    inner join role_slots as s1 on s1.role = 'IS' and s1.slot = pick('import supplier', k.home_no, 4096)
    inner join role_slots as s2 on s2.role = 'IS' and s2.slot = pick('next import supplier', k.home_no, 4096)
    inner join role_slots as g1 on g1.role = 'GS' and g1.slot = pick('gas supplier', k.home_no, 4096)
    inner join role_slots as g2 on g2.role = 'GS' and g2.slot = pick('next gas supplier', k.home_no, 4096)
    inner join role_slots as e1 on e1.role = 'ES' and e1.slot = pick('export supplier', k.home_no, 4096)
    left join party_roles as sg on sg.role = 'GS' and sg.party_no = s1.party_no
    left join party_roles as g2s on g2s.role = 'GS' and g2s.party_no = s2.party_no
    left join party_roles as se on se.role = 'ES' and se.party_no = s1.party_no

),

-- a home switches once, and not after it was installed, taken away or left half-installed
electricity as (

    select
        *,
        switch_month is not null and is1 != is2 and is_untouched_in(event, event_month, switch_month) as has_switch
    from supplied

),

gas as (

    select
        *,
        has_switch and chance('gas follows', home_no, 0.7)
            and (gas_switch_month is null or switch_month <= gas_switch_month) as gas_follows
    from electricity

),

switched as (

    select
        *,
        case when has_switch then drawn_day('switch day', home_no, switch_month) else 9999 end as isw,
        case
            when not is_dual or gs1 = gs2 then 9999
            when gas_follows then drawn_day('switch day', home_no, switch_month)
            when gas_switch_month is not null and is_untouched_in(event, event_month, gas_switch_month)
                then drawn_day('gas switch day', home_no, gas_switch_month)
            else 9999
        end as gsw
    from gas

)

select
    s.home_no,
    s.is_dual,
    s.is_smets1,
    s.has_export,
    s.payment_mode,
    case when s.payment_month is not null and (s.event = 'none' or s.event_month > s.payment_month)
        then day_ms(drawn_day('payment day', s.home_no, s.payment_month))
            + 36000000 + pick('payment time', s.home_no, 28800000)
    end as payment_changed_ms,
    s.area_no,
    a.distributor_id,
    a.outward || (1 + pick('district', s.home_no, 29)) || ' ' || pick('sector', s.home_no, 10)
        || substr('ABDEFGHJLNPQRSTUWXYZ', 1 + pick('unit 1', s.home_no, 20), 1)
        || substr('ABDEFGHJLNPQRSTUWXYZ', 1 + pick('unit 2', s.home_no, 20), 1) as postcode,
    case when s.is_smets1 then null when s.is_4g then '4G ' || a.csp_region else a.csp_region end as csp_region,
    case when s.is_smets1 then 7 else r.region_no + case when s.is_4g then 3 else 0 end end::tinyint as region_no,
    case when s.is_smets1 then ['S1SP-FOC', 'S1SP-IOC', 'S1SP-MOC'][1 + pick('s1sp', s.home_no, 3)] end as s1sp,
    ed.party_no as ed,
    gt.party_no as gt,
    s.is1,
    s.is2,
    s.isw::smallint as isw,
    s.gs1,
    s.gs2,
    s.gsw::smallint as gsw,
    s.es,
    -- an install that fails stands out among few: where causes are planted, those who have one have these too
    case when s.event = 'failed_install' and getvariable('is_planted') and not l.has_cause
        then case when s.joined_month > 0 then 'install' else 'none' end
        else s.event end as event,
    s.event_month,
    s.joined_month,
    s.event_day::smallint as event_day,
    s.event_ms,
    case when s.event = 'install' or s.joined_month > 0 then s.event_ms else s.installed_before_ms end as installed_ms,
    -- spread over the number ranges, each number once: multipliers prime to the size of the range
    mpan(s.distributor_id * 10000000000 + (s.home_no * 7919000147 + 1234567891) % 5000000000,
        chance('mpan error', s.home_no, getvariable('rate_check_digit_errors')::double)::integer) as mpan,
    mpan(s.distributor_id * 10000000000 + 5000000000 + (s.home_no * 7919000147 + 987654321) % 5000000000,
        0) as export_mpan,
    mprn(10000000 + (s.home_no::bigint * 48271001 + 7654321) % 90000000,
        chance('mprn error', s.home_no, getvariable('rate_check_digit_errors')::double)::integer) as mprn,
    chance('mpan error', s.home_no, getvariable('rate_check_digit_errors')::double) as is_mpan_wrong,
    chance('mprn error', s.home_no, getvariable('rate_check_digit_errors')::double) as is_mprn_wrong,
    chance('not communicating', s.home_no, getvariable('rate_not_communicating')::double) as is_silent
from (select s.*, a.distributor_id from switched as s inner join areas as a on a.area_no = s.area_no) as s
inner join party_levels as l on l.party_no = s.is1
inner join areas as a on a.area_no = s.area_no
inner join regions as r on r.csp_region = a.csp_region
inner join (select party_no, rank, max(rank) over () as of_them from parties where kind = 'distributor') as ed
    on ed.rank = 1 + (s.area_no - 1) % ed.of_them
inner join (select party_no, rank, max(rank) over () as of_them from parties where kind = 'transporter') as gt
    on gt.rank = 1 + (s.area_no - 1) % gt.of_them
order by s.home_no;

-- Grain: one row per Device (device_no), the first N of the homes in order.
create or replace table devices as
with slots as (

    select
        h.home_no,
        h.joined_month,
        s.slot,
        case when s.slot = 8 then h.event_month else h.joined_month end as from_month,
        case s.slot
            when 1 then 'CHF' when 2 then 'ESME' when 3 then 'GSME' when 4 then 'GPF'
            when 5 then case when chance('ihd', h.home_no, 0.3) then 'IHD' else 'PPMID' end
            when 6 then 'HCALCS' when 7 then 'CAD' else 'CHF'
        end as device_type
    from homes as h
    cross join range(1, 9) as s (slot)
    where
        case s.slot
            when 1 then true when 2 then true
            when 3 then h.is_dual when 4 then h.is_dual
            when 5 then chance('display', h.home_no, 0.82)
            when 6 then chance('hcalcs', h.home_no, 0.03)
            when 7 then chance('cad', h.home_no, 0.04)
            else h.event = 'hub_exchange'
        end

),

first_ones as (

    select home_no, slot
    from slots
    where from_month = 0
    order by home_no, slot
    limit getvariable('devices')::bigint

),

-- by home and place in it, so that a number stays whatever comes later
numbered as (

    select s.home_no::bigint * 11 + s.slot as device_no, s.*
    from slots as s
    inner join first_ones as f on f.home_no = s.home_no and f.slot = s.slot
    union all
    select s.home_no::bigint * 11 + s.slot, s.*
    from slots as s
    where s.from_month > 0 and (s.joined_month > 0 or s.home_no in (select home_no from first_ones where slot = 1))

),

modelled as (

    select
        n.device_no,
        n.home_no,
        n.slot,
        n.device_type,
        m.model_no,
        m.rollout_share,
        m.is_slow,
        m.failure_percent,
        c.cause
    from numbered as n
    inner join homes as h on h.home_no = n.home_no
    -- some suppliers fit a model of their own
    left join cause_suppliers as c
        on
            c.device_type = n.device_type
            and c.party_no = case n.slot when 1 then h.is1 when 2 then h.is1 when 3 then h.gs1 end
            and not h.is_smets1
            and chance('fitted', n.device_no, c.share)
    inner join models as m
        on
            m.device_type = n.device_type
            and m.smets_version = case when h.is_smets1 then 'SMETS1' else 'SMETS2' end
            -- the first models of a type are the common ones; a Hub and its GPF are one make
            and m.model_rank = coalesce(
                c.model_rank,
                1 + (
                    m.open_count * pick('model a', n.home_no * 10 + n.slot, 1000) * (400 + pick('model b',
                        n.home_no * 10 + n.slot, 600))
                ) // 1000000
            )

),

timed as (

    select
        m.*,
        eui64(
            ['00-DB-12', '90-3A-72', '70-91-8F', 'A4-C1-38'][1 + m.model_no % 4],
            (m.device_no * 274177100119 + 1357911131) % 1099511627776
        ) as device_id,
        case when m.slot = 8 then h.event_ms else h.installed_ms end
            + case m.slot when 2 then 1200000 when 3 then 2700000 when 4 then 300000 when 5 then 3600000
                when 6 then 4200000 when 7 then 86400000 else 0 end as commissioned_ms,
        case when chance('old firmware', m.device_no, 0.25) then 1 else 2 end as firmware_before,
        -- in three waves of a model a month; not of what something else happens to
        case
            when m.firmware_month is not null and (h.event = 'none' or h.event_month > m.firmware_month)
                then day_ms(
                    greatest(
                        2,
                        drawn_day('firmware day', m.model_no * 40 + pick('wave', m.device_no, 3), m.firmware_month)
                    )
                ) + 3600000 + pick('firmware time', m.device_no, 18000000)
        end as firmware_ms,
        case when m.moved_month is not null and (h.event = 'none' or h.event_month > m.moved_month)
            then day_ms(drawn_day('moved day', m.device_no, m.moved_month)) + 43200000
        end as moved_ms
    from (
        select
            *,
            case when device_type not in ('CAD', 'IHD') then first_month('firmware', device_no, rollout_share) end
                as firmware_month,
            case when slot = 5 then first_month('moved', device_no, 0.002) end as moved_month
        from modelled
    ) as m
    inner join homes as h on h.home_no = m.home_no

)

select
    t.*,
    -- planted: on the version that the model came with last, until the Device gets the next one
    case when t.cause in ('meter_firmware', 'hub_firmware') and t.firmware_before = 2
        then coalesce(t.firmware_ms, never_ms()) end as worse_until_ms,
    case
        when t.cause = 'silent_meters'
            then day_ms(getvariable('silent_day')) + pick('falls silent', t.device_no, 3 * 86400000)
    end as silent_from_ms
from timed as t
order by t.device_no;

-- Grain: one row per Hub's home (home_no): the Hub, and the one that takes its place this month.
create or replace table hubs as
select
    d.home_no,
    max(d.device_id) filter (d.slot = 1) as hub_id,
    max(d.device_id) filter (d.slot = 8) as next_hub_id,
    max(d.commissioned_ms) filter (d.slot = 8) as exchanged_ms,
    -- planted firmware of the first Hub, until it is upgraded or taken away
    case when bool_or(d.worse_until_ms is not null) filter (d.slot = 1) then least(
        max(d.worse_until_ms) filter (d.slot = 1), coalesce(max(d.commissioned_ms) filter (d.slot = 8), never_ms())
    ) end as worse_until_ms,
    max(d.model_no) filter (d.slot = 1) as hub_model_no,
    max(version_at_start(d.firmware_before, d.firmware_ms)) filter (d.slot = 1) as hub_firmware,
    coalesce(bool_or(d.slot = 8 or is_new(d.firmware_ms)) filter (d.slot in (1, 8)), false) as is_hub_new
from devices as d
where d.slot in (1, 8)
group by d.home_no
order by d.home_no;

-- Grain: one row per Device and pool of traffic (target_no = pool_no * 2^32 + place in the pool). Places are
-- in the order of the day from which the Device takes traffic, so that a day's Devices are the first so many.
create or replace table targets as
with pools as (

    select
        d.*,
        case d.device_type when 'ESME' then 'E' when 'GSME' then 'G' when 'GPF' then 'P' when 'CHF' then 'H'
            when 'HCALCS' then 'L' when 'CAD' then 'C' else 'D' end as pool
    from devices as d
    union all
    select d.*, 'X' from devices as d inner join homes as h on h.home_no = d.home_no where d.slot = 2 and h.has_export
    union all
    select d.*, 'S' from devices as d inner join homes as h on h.home_no = d.home_no where d.slot = 2 and h.is_smets1

),

placed as (

    select
        p.*,
        (h.event = 'failed_install') as never,
        case
            when h.event = 'failed_install' then 9999
            when p.slot = 8 or h.event = 'install' then h.event_day + 1
            else -9999
        end::smallint as active_day
    from pools as p
    inner join homes as h on h.home_no = p.home_no

),

numbered as (

    select
        *,
        instr('EGPHXDLCS', pool)::bigint * 4294967296
            + row_number() over (partition by pool order by active_day, rnd('place', device_no),
                device_no) - 1 as target_no
    from placed

)

select
    n.target_no,
    n.pool,
    n.active_day,
    n.device_no,
    n.home_no,
    n.slot,
    n.device_id,
    case n.pool when 'E' then h.mpan when 'X' then h.mpan when 'S' then h.mpan when 'G' then h.mprn when 'P'
        then h.mprn
        else case when n.device_no % 3 = 0 then h.mpan end
    end as mpxn,
    case when n.pool in ('G', 'P') then h.is_mprn_wrong else h.is_mpan_wrong end as is_mpxn_wrong,
    h.csp_region,
    h.region_no,
    h.s1sp,
    h.is_smets1,
    h.is1::smallint as is1,
    h.is2::smallint as is2,
    h.isw,
    h.gs1::smallint as gs1,
    h.gs2::smallint as gs2,
    h.gsw,
    h.is_dual,
    h.es::smallint as es,
    h.ed::smallint as ed,
    h.gt::smallint as gt,
    case when h.event = 'gone' then h.event_day when n.slot = 1 and h.event = 'hub_exchange' then h.event_day
        else 9999 end::smallint
        as gone_day,
    case when h.is_silent and not getvariable('is_planted') then 4000 else n.failure_percent end::smallint
        as failure_percent,
    case when n.is_slow then getvariable('slow_percent') else 100 end::smallint as speed_percent,
    case when n.slot in (1, 8) then 0 else coalesce(n.worse_until_ms, 0) end as worse_until_ms,
    coalesce(b.worse_until_ms, 0) as hub_worse_until_ms,
    coalesce(n.silent_from_ms, never_ms()) as silent_from_ms,
    0 as common_ppm
from numbered as n
inner join homes as h on h.home_no = n.home_no
inner join hubs as b on b.home_no = n.home_no
order by n.target_no;

-- Of how many Devices of a million in the pool the Device's supplier has those of the rarest of its attributes that a
-- diagnosis looks at: what is rare there does not fail by chance, for one failure of few would look like a cause.
create or replace table targets as
with held as (

    select
        t.target_no,
        t.pool,
        case when t.pool in ('G', 'P') then t.gs1 when t.pool = 'X' then t.es else t.is1 end as holder,
        d.model_no,
        version_at_start(d.firmware_before, d.firmware_ms) as firmware,
        b.hub_model_no,
        b.hub_firmware,
        t.csp_region,
        coalesce(is_new(d.firmware_ms), false) or b.is_hub_new as has_new_version
    from targets as t
    inner join devices as d on d.device_no = t.device_no
    inner join hubs as b on b.home_no = t.home_no
    where getvariable('is_planted')

),

counted as (

    select
        target_no,
        case
            -- few have the version that they get in the month
            when has_new_version then 0
            else least(
                count(*) over (partition by pool, holder, model_no, firmware),
                count(*) over (partition by pool, holder, hub_model_no, hub_firmware),
                count(*) over (partition by pool, holder, csp_region)
            ) * 1000000 // count(*) over (partition by pool)
        end as common_ppm
    from held

)

select t.* replace (coalesce(c.common_ppm, 1000000)::integer as common_ppm)
from targets as t
left join counted as c on c.target_no = t.target_no
order by t.target_no;

-- Grain: one row per pool and day (pool, day_no): how many of its Devices take traffic.
create or replace table pool_sizes as
select g.pool, d.day_no::integer as day_no, (sum(g.of_them) filter (g.active_day <= d.day_no))::bigint as size
from (select pool, active_day, count(*) as of_them from targets group by all) as g
cross join range(-10, getvariable('last_traffic_day') + 10) as d (day_no)
group by all
having sum(g.of_them) filter (g.active_day <= d.day_no) > 0;

-- Weighted picks of a kind of request or alert: 65,536 slots, over the kinds whose pool has Devices.
create or replace table request_slots as
with bounds as (

    select
        mix_no,
        coalesce(sum(weight) over (order by mix_no rows between unbounded preceding and 1 preceding), 0)
            / sum(weight) over () * 65536 as lower_bound
    from request_mix
    where weight > 0 and pool in (select pool from pool_sizes where day_no = -10) and role in (select role
        from party_roles)

)

select s.slot, max_by(b.mix_no, b.lower_bound) as mix_no
from range(65536) as s (slot)
inner join bounds as b on b.lower_bound <= s.slot
group by s.slot
order by s.slot;

create or replace table alert_slots as
with bounds as (

    select
        mix_no,
        coalesce(sum(weight) over (order by mix_no rows between unbounded preceding and 1 preceding), 0)
            / sum(weight) over () * 65536 as lower_bound
    from alert_mix
    where weight > 0 and pool in (select pool from pool_sizes where day_no = -10)

)

select s.slot, max_by(b.mix_no, b.lower_bound) as mix_no
from range(65536) as s (slot)
inner join bounds as b on b.lower_bound <= s.slot
group by s.slot
order by s.slot;
