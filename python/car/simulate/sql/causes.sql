-- What is planted, so that findings and diagnosis have something true to find: simulation.json tells it in words.
-- A market of fewer than 12 suppliers has none: a cause would be half of it.
-- Where causes are planted, all else is calm: failures by chance alone are so rare in a figure of few requests
-- that what stands out was planted.

-- Grain: one row per cause, supplier that has it and Device Type (cause, party_no, device_type); share: of its homes
-- that have the model.
create or replace table cause_suppliers as
select c.cause, p.party_no, p.party_id, c.device_type, c.model_rank, c.share
from (
    values
    ('orchestration', 2, null, null, null),
    ('slow_manufacturer', 3, 'ESME', 4, 0.9),
    ('slow_manufacturer', 3, 'GSME', 4, 0.9),
    ('silent_meters', 4, 'ESME', 6, 0.35),
    ('meter_firmware', 6, 'ESME', 5, 0.6),
    ('meter_firmware', 7, 'ESME', 5, 0.6),
    ('hub_firmware', 8, 'CHF', 4, 0.5),
    ('hub_firmware', 10, 'CHF', 4, 0.5)
) as c (cause, rank, device_type, model_rank, share)
inner join (select *, count(*) over () as suppliers from parties where kind = 'supplier') as p on p.rank = c.rank
where p.suppliers >= 12;

-- Grain: one row per party (party_no), and one for none (0): failures in percent of the usual, and its causes.
create or replace table party_levels as
select
    p.party_no,
    p.failure_percent,
    coalesce(bool_or(c.cause is not null), false) as has_cause,
    coalesce(bool_or(c.cause = 'meter_firmware'), false) as has_meter_firmware,
    coalesce(bool_or(c.cause = 'hub_firmware'), false) as has_hub_firmware,
    coalesce(bool_or(c.cause = 'silent_meters'), false) as has_silent_meters
from parties as p
left join cause_suppliers as c on c.party_no = p.party_no
group by all
union all
select 0, 100, false, false, false, false;
