-- One row per measure of Install and Commission with a value: the month's sum, beside the month before.
with

measures (position, measure, name) as (
    values
    (1, 'successful_installs', 'Installed'),
    (2, 'predicted_installs', 'Installed on the same weekdays of the week before'),
    (3, 'failed_installs', 'Failed to install'),
    (4, 'installs_8_14_1', 'Install and Commission (8.14.1) succeeded'),
    (5, 'installs_8_14_2', 'Install and Leave (8.14.2) succeeded'),
    (6, 'neither_yet', 'Commissioned hubs with neither of them yet'),
    (7, 'read_within_30_days', 'Read within 30 days of 8.14.1'),
    (8, 'no_read_within_30_days', 'Not read within 30 days of 8.14.1'),
    (9, 'read_pending', 'Read not yet due')
),

summed as (
    select
        measure,
        cast(sum(value) filter (where device_type = 'CHF') as bigint) as hub_count,
        cast(sum(value) filter (where device_type = 'ESME') as bigint) as esme_count,
        cast(sum(value) filter (where device_type = 'GSME') as bigint) as gsme_count,
        cast(sum(value) as bigint) as device_count
    from install_and_commission
    group by measure
),

summed_before as (
    select
        measure,
        cast(sum(value) as bigint) as before_count
    from before.install_and_commission
    group by measure
)

select
    measures.name,
    summed.hub_count,
    summed.esme_count,
    summed.gsme_count,
    summed.device_count,
    summed_before.before_count
from measures
inner join summed using (measure)
left join summed_before using (measure)
order by measures.position
