-- One row or none: what half of all failures or more have in common, the narrowest of what stands out.
with

told as (
    select distinct
        dimension,
        dimension_value as value
    from findings
    where finding = 'failures_gather'
),

signified as (
    select
        failures.business_process,
        failures.failure_count,
        unnest([
            { 'dimension': 'ch_manufacturer', 'value': failures.ch_manufacturer },
            { 'dimension': 'ch_model', 'value': failures.ch_model },
            { 'dimension': 'ch_firmware_version', 'value': failures.ch_firmware_version },
            { 'dimension': 'device_type', 'value': failures.device_type },
            { 'dimension': 'device_manufacturer', 'value': failures.device_manufacturer },
            { 'dimension': 'device_model', 'value': failures.device_model },
            { 'dimension': 'device_firmware_version', 'value': failures.device_firmware_version },
            { 'dimension': 'region', 'value': failures.region },
            { 'dimension': 'smets_version', 'value': failures.smets_version }
        ]) as signifier
    from failures
),

failed as (
    select
        signifier.dimension,
        signifier.value,
        cast(sum(failure_count) as bigint) as failure_count,
        count(distinct business_process) as process_count
    from signified
    group by signifier.dimension, signifier.value
),

requested as (
    select
        dimension,
        value,
        cast(sum(own_volume) as bigint) as volume
    from diagnosis
    where srv = 'ALL'
    group by dimension, value
),

every_failure as (
    select cast(sum(failure_count) as bigint) as failure_count
    from failures
),

words as (
    select
        dimension,
        words
    from release.dimensions
),

-- The manufacturer of one model alone has the figures of that model: the same requests by two names.
merged as (
    select
        string_agg(words.words || ' ' || failed.value, ', ' order by failed.dimension desc, failed.value asc) as name,
        failed.failure_count,
        failed.process_count,
        requested.volume
    from told
    inner join failed on told.dimension = failed.dimension and told.value = failed.value
    inner join requested on told.dimension = requested.dimension and told.value = requested.value
    left join words on told.dimension = words.dimension
    group by failed.failure_count, failed.process_count, requested.volume
)

select
    upper(merged.name[1]) || merged.name[2:] as name,
    merged.failure_count,
    merged.volume,
    merged.process_count,
    every_failure.failure_count as all_failure_count,
    share(merged.failure_count, every_failure.failure_count) as share_of_failures
from merged
cross join every_failure
where 2 * merged.failure_count >= every_failure.failure_count
order by share(merged.failure_count, merged.volume) desc, merged.failure_count desc, merged.name asc
limit 1
