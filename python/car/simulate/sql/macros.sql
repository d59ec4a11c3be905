-- Pseudo-random numbers without a generator: each is a hash of the seed, the name of a stream and a row
-- number. The same seed gives the same figure for the same row, in any order, on any number of threads.

-- rnd: 64 bits, unsigned. pick: a whole number from 0 to size - 1. chance: true with the given share.
create or replace macro rnd(stream, n) as hash(getvariable('seed')::bigint, stream, (n)::bigint);
create or replace macro pick(stream, n, size) as (rnd(stream, n) % (size)::ubigint)::bigint;
create or replace macro chance(stream, n, share) as pick(stream, n, 1000000) < (share * 1000000)::bigint;

-- bits: a field of an rnd(), so that one hash serves several choices.
create or replace macro bits(h, low, width) as ((h >> low) & ((1::ubigint << width) - 1))::bigint;

-- Time: day numbers count from the first day of the simulation's first month (0), instants are epoch milliseconds.
create or replace macro day_date(day_no) as getvariable('origin')::date + (day_no)::integer;
create or replace macro day_ms(day_no) as getvariable('origin_ms')::bigint + (day_no)::bigint * 86400000;
create or replace macro never_ms() as 9000000000000000;
create or replace macro instant(ms) as make_timestamp((ms) * 1000);
create or replace macro day_of(ms) as ((ms) - getvariable('origin_ms')::bigint + 86400000000) // 86400000 - 1000;

-- Months are numbered from the first of the simulation (0) to the one that is written (`month_no`). What happens to a
-- home or Device in a month is drawn from its days of events. A month that is simulated later changes nothing of it.
create or replace macro events_from(month) as getvariable('month_events_from')[(month) + 1];
create or replace macro events_to(month) as getvariable('month_events_to')[(month) + 1];
create or replace macro drawn_day(stream, n, month) as events_from(month)
    + pick(stream, (n)::bigint * 1000 + (month), events_to(month) - events_from(month))::integer;
create or replace macro chance_in(stream, n, month, share) as
    pick(stream, (n)::bigint * 1000 + (month), 1000000) < (share * 1000000)::bigint;
-- The first month in which a chance comes true, up to the one that is written.
create or replace macro first_month(stream, n, share) as case
    when chance_in(stream, n, 0, share) then 0
    when getvariable('month_no') = 0 then null
    else list_filter(range(1, getvariable('month_no') + 1), lambda m : chance_in(stream, n, m, share))[1]
end::integer;

-- Whether what happens to a home leaves room for a switch in a month.
create or replace macro is_untouched_in(event, event_month, month) as
    event in ('none', 'hub_exchange') or event_month > month;

-- Whether an instant is told of first in the month that is written.
create or replace macro is_new(ms) as ms >= day_ms(getvariable('new_from')) and ms < day_ms(getvariable('new_to'));
-- The firmware version (1 to 3) when the month begins.
create or replace macro version_at_start(before, changed_ms) as
    before + case when changed_ms < day_ms(getvariable('new_from')) then 1 else 0 end;
-- Whether a request or alert is told in the month that is written: it is of its days, or of days just before them and
-- belongs to what happened in it.
create or replace macro is_told(ms, anchor_ms) as
    ms >= day_ms(getvariable('first_traffic_day')) and ms < day_ms(getvariable('new_to'))
    and (ms >= day_ms(getvariable('new_from')) or anchor_ms >= day_ms(getvariable('new_from')));
-- The same of a state of what belongs to a month of its own: late states land with a later month.
create or replace macro is_told_of(month, recorded_ms) as case
    when month = getvariable('month_no') then recorded_ms < day_ms(getvariable('new_to'))
    else is_new(recorded_ms)
end;
-- The first day after a month.
create or replace macro month_to(month) as events_to(month) - 3;
-- A landing day within those of the month that is written.
create or replace macro landing_day(day_no) as
    greatest(getvariable('first_day'), least(getvariable('last_day'), day_no))::integer;

-- EUI-64 of a number below 2^40 under a three-pair prefix.
create or replace macro eui64(prefix, n) as format(
    '{}-{:02X}-{:02X}-{:02X}-{:02X}-{:02X}',
    prefix, (n) >> 32 & 255, (n) >> 24 & 255, (n) >> 16 & 255, (n) >> 8 & 255, (n) & 255
);

-- MPAN: twelve digits and their check digit (weights 3, 5, 7, 13, ... ; mod 11, then mod 10).
create or replace macro mpan(core, error) as printf('%012d', core) || (
    (
        (core // 100000000000) % 10 * 3 + (core // 10000000000) % 10 * 5 + (core // 1000000000) % 10 * 7
        + (core // 100000000) % 10 * 13 + (core // 10000000) % 10 * 17 + (core // 1000000) % 10 * 19
        + (core // 100000) % 10 * 23 + (core // 10000) % 10 * 29 + (core // 1000) % 10 * 31
        + (core // 100) % 10 * 37 + (core // 10) % 10 * 41 + core % 10 * 43
    ) % 11 % 10 + error
) % 10;

-- MPRN: eight digits and two check digits (digits weighted 8 down to 1, mod 11).
create or replace macro mprn(core, error) as printf('%08d%02d', core, (
    (
        (core // 10000000) % 10 * 8 + (core // 1000000) % 10 * 7 + (core // 100000) % 10 * 6
        + (core // 10000) % 10 * 5 + (core // 1000) % 10 * 4 + (core // 100) % 10 * 3
        + (core // 10) % 10 * 2 + core % 10
    ) % 11 + error
) % 11);
