-- A part of a day's alerts, before delivery: ordinary ones by number, then the sequences of events.sql.
create or replace temp table alert_units as
select
    k.unit_no + getvariable('day_stream')::bigint as seed_no,
    getvariable('day_text') || printf('%09d', k.unit_no) as alert_id,
    getvariable('day_start_ms')::bigint + bits(k.h, 16, 27) * 86400000 // 134217728 as raised_ms,
    m.mix_no,
    p.first_target + bits(k.g, 0, 52) % p.size as target_no,
    false as suppressed
from (
    select r.unit_no, rnd('alert', r.unit_no + getvariable('day_stream')) as h, rnd('alert target', r.unit_no
        + getvariable('day_stream')) as g
    from range(getvariable('unit_from')::bigint, getvariable('unit_to')::bigint) as r (unit_no)
) as k
inner join alert_slots as s on s.slot = bits(k.h, 0, 16)
inner join alert_mix as m on m.mix_no = s.mix_no
inner join (
    select pool, size, instr('EGPHXDLCS', pool)::bigint * 4294967296 as first_target from pool_sizes
        where day_no = getvariable('day_no')
) as p on p.pool = m.pool
union all
select -event_no, getvariable('day_text') || 'E' || printf('%09d', event_no), raised_ms, mix_no, target_no, suppressed
from alert_events
where day_no = getvariable('day_no') and getvariable('with_events');
