-- A part of a day's alerts, one row per recipient: the contract's columns, then what becomes of each row.
create or replace temp table alert_rows as
with drawn as (

    select
        u.alert_id,
        u.raised_ms,
        u.suppressed,
        m.alert_code,
        m.remote_party_role,
        m.is_timed,
        c.role,
        t.device_id,
        t.mpxn,
        t.is_mpxn_wrong,
        t.pool,
        t.csp_region,
        t.s1sp,
        case c.role
            when 'IS' then case when getvariable('day_no') >= t.isw then t.is2 else t.is1 end
            when 'GS' then case when not t.is_dual then null when getvariable('day_no') >= t.gsw then t.gs2
                else t.gs1 end
            when 'ES' then t.es
            when 'ED' then t.ed
            when 'GT' then t.gt
            else s.party_no
        end as party_no,
        case when m.is_fallible then e.failure_ppm // 4 + t.failure_percent::integer * 9000 // 400 else 0 end
            as failure_ppm,
        e.delay_ms,
        rnd('alert outcome', u.seed_no * 8 + instr('ISESGSEDGTRSAOU', c.role) % 8) as h,
        rnd('alert time', u.seed_no * 8 + instr('ISESGSEDGTRSAOU', c.role) % 8) as g
    from alert_units as u
    inner join alert_mix as m on m.mix_no = u.mix_no
    inner join alert_recipients as c on c.mix_no = u.mix_no
    inner join targets as t on t.target_no = u.target_no
    inner join role_slots as s
        on s.role = c.role and s.slot = case when c.role in ('OU', 'RSA') then abs(u.seed_no) % 4096 else -1 end
    inner join effects as e
        on e.region_no = t.region_no
            and e.hour_no = (u.raised_ms - getvariable('origin_ms')::bigint + 864000000) // 3600000 - 240
    -- a meter that fell silent raises none; what the DCC says of it goes on
    where u.raised_ms < t.silent_from_ms or m.alert_code[1] = 'N'

),

judged as (

    select
        *,
        suppressed or h % 1000000 < least(400000, failure_ppm) as is_failed,
        400 + bits(g, 0, 13) + delay_ms
            + 60000 * bits(g, 13, 10) // 1024 * bits(g, 23, 10) // 1024 * bits(g, 33, 10) // 1024 * bits(g, 43,
                5) // 16 as delivery_ms
    from drawn

),

ended as (

    select
        *,
        case when not is_failed then raised_ms + delivery_ms end as delivered_ms,
        case when is_failed then raised_ms + 300000
            else raised_ms + delivery_ms end + 1500 + bits(h, 20, 10) as recorded_ms
    from judged

)

select
    e.alert_id,
    instant(e.recorded_ms) as recorded_at,
    e.alert_code,
    case when bits(e.h, 30, 12) between 1 and getvariable('unknown_alerts_to')
        then eui64('BE-EF-01', bits(e.g, 0, 32))
        when bits(e.h, 30, 12) = 4000 then null
        else e.device_id
    end as device_id,
    case when e.pool in ('E', 'G', 'X', 'S') and bits(e.h, 42, 2) > 0 or e.alert_code = 'AD1' then e.mpxn end as mpxn,
    p.party_id as destination_party_id,
    e.role as destination_role,
    case
        when e.is_failed then case when bits(e.h, 44, 2) = 0 then 17 else 18 end
        when e.alert_code = 'N55' then 35
        when e.alert_code[1] = '8' then 4
        else 7
    end::tinyint as report_status_id,
    instant(e.raised_ms) as raised_at,
    instant(e.delivered_ms) as delivered_at,
    case when e.is_failed and bits(e.h, 44, 2) = 1 then 'E20' when e.is_failed and bits(e.h, 44, 2) = 2 then 'E21'
        when not e.is_failed and bits(e.h, 46, 1) = 1 then 'I0' end as response_code,
    e.remote_party_role,
    e.suppressed,
    e.csp_region,
    e.s1sp,
    case
        when bits(e.g, 54, 10) < getvariable('late_to') then 2
        else greatest(0, least(1, day_of(e.recorded_ms) - getvariable('day_no')))
    end::tinyint as _lag,
    bits(e.h, 48, 10) between 700 and getvariable('repeated_to') as _is_repeated,
    case
        when bits(e.h, 50, 10) between 500 and getvariable('pending_to') then 1
        when bits(e.h, 50, 10) = 499 then 2
        else 0
    end::tinyint as _earlier_state,
    e.is_timed as _is_timed,
    (e.pool in ('E', 'G', 'X', 'S') and bits(e.h, 42, 2) > 0 or e.alert_code = 'AD1') and e.mpxn is not null
        and e.is_mpxn_wrong as _warning
from ended as e
inner join parties as p on p.party_no = e.party_no;

-- The outage and restoration timing log of these, where there is one.
insert into outage_timings
select
    alert_id,
    recorded_at + interval 30 second,
    destination_party_id,
    destination_role,
    case
        when pick('no event time', hash(alert_id) // 2, 50) = 0 then null
        -- Held up for hours on its way: by the log it belongs to another hour, and often to another day.
        when pick('held up', hash(alert_id) // 2, 12) = 0
            -- a few of them for less than an hour
            then raised_at - to_minutes(
                case when pick('held up a little', hash(alert_id) // 2, 4) = 0
                    then 10 + pick('held up for', hash(alert_id) // 2, 40)
                    else 60 + pick('held up for', hash(alert_id) // 2, 1140) end
            )
        else raised_at - to_milliseconds(pick('event time', hash(alert_id) // 2, 2500))
    end,
    raised_at + interval 300 millisecond,
    raised_at + interval 700 millisecond,
    delivered_at - interval 100 millisecond,
    delivered_at + to_milliseconds(pick('acknowledged', hash(alert_id) // 2, 900)),
    day_of(epoch_ms(recorded_at) + 30000)
from alert_rows
where _is_timed and pick('timed', hash(alert_id) // 2, 5) > 0;
