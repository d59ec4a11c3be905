-- One row per measure of estate.csv, of all Device Types together unless one is asked for.
with

measures (place, measure, measure_name) as (
    values
    (1, 'commissioned', 'Commissioned'),
    (2, 'on_newest_firmware', 'On the newest firmware of their model'),
    (3, 'no_read_in_30_days', 'Meters without a read in thirty days'),
    (4, 'never_read', 'Meters never read'),
    (5, 'prepayment', 'In prepayment mode'),
    (6, 'cpl_ended', 'Firmware off the Central Products List'),
    (7, 'cpl_ends_within_30_days', 'Off the Central Products List within thirty days'),
    (8, 'certificate_ended', 'Security Certificate has ended'),
    (9, 'certificate_ends_within_30_days', 'Security Certificate ends within thirty days')
),

lines as (
    select *
    from inventory.estate
    qualify device_type = 'ALL' or count(*) filter (where device_type = 'ALL') over () = 0
),

month_before as (
    select
        device_type,
        measure,
        device_count as before_count,
        own_share as before_rate
    from before_inventory.estate
)

select
    coalesce(measures.measure_name, upper(lines.measure[1]) || replace(lines.measure[2:], '_', ' '))
    || case lines.device_type when 'ALL' then '' else ', ' || lines.device_type end as name,
    case lines.measure when 'devices' then 'size' else 'share' end as part,
    lines.device_type,
    lines.device_count,
    lines.of_count,
    lines.own_share as own_rate,
    lines.industry_share as industry_rate,
    lines.industry_suppressed,
    month_before.before_count,
    month_before.before_rate,
    cast(null as decimal(18, 6)) as peers_lowest,
    cast(null as decimal(18, 6)) as peers_highest,
    coalesce(lines.own_share < lines.industry_share, false) as is_below
from lines
left join measures using (measure)
left join month_before using (device_type, measure)
order by lines.device_type, measures.place
limit 40
