-- A part of a day's requests: what is asked of whom, before its outcome. Ordinary traffic by number, then,
-- with the day's first part, the sequences of events.sql.
create or replace temp table request_units as
select
    (k.unit_no + getvariable('day_stream')::bigint) * 2 as seed_no,
    getvariable('day_text') || printf('%09d', k.unit_no) as transaction_stem,
    -- scheduled work runs at night, the rest by day
    getvariable('day_start_ms')::bigint + case
        when m.mode = 6 then bits(k.h, 16, 20) * 21600000 // 1048576
        else 21600000 + (bits(k.h, 16, 20) + bits(k.h, 36, 20)) * 28800000 // 1048576
    end as started_ms,
    m.mix_no,
    p.first_target + bits(k.g, 0, 52) % p.size as target_no,
    0::tinyint as outcome
from (
    select r.unit_no, rnd('request', r.unit_no + getvariable('day_stream')) as h, rnd('request target', r.unit_no
        + getvariable('day_stream')) as g
    from range(getvariable('unit_from')::bigint, getvariable('unit_to')::bigint) as r (unit_no)
) as k
inner join request_slots as s on s.slot = bits(k.h, 0, 16)
inner join request_mix as m on m.mix_no = s.mix_no
inner join (
    select pool, size, instr('EGPHXDLCS', pool)::bigint * 4294967296 as first_target from pool_sizes
        where day_no = getvariable('day_no')
) as p on p.pool = m.pool
union all
select
    -event_no * 2,
    getvariable('day_text') || 'E' || printf('%09d', event_no),
    started_ms,
    mix_no,
    target_no,
    outcome
from request_events
where day_no = getvariable('day_no') and getvariable('with_events');
