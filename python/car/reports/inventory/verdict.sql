-- Grain: one row: the estate as a whole.
with

figures as (

    select *
    from figures
    where device_type = 'ALL'

),

ending as (

    -- Of a Device with both the firmware and the certificate flagged, one.
    select coalesce(sum(ending_count), 0) as ending_count
    from products

),

final as (

    select
        max(figures.device_count) filter (where figures.measure = 'devices') as device_count,
        max(figures.before_count) filter (where figures.measure = 'devices') as before_count,
        max(figures.device_count) filter (where figures.measure = 'cpl_ended') as cpl_ended,
        max(figures.device_count) filter (where figures.measure = 'cpl_ends_within_30_days') as cpl_ending,
        max(figures.first_on) filter (where figures.measure = 'cpl_ends_within_30_days') as cpl_first_on,
        max(figures.device_count) filter (where figures.measure = 'certificate_ended') as certificate_ended,
        max(figures.device_count) filter (where figures.measure = 'certificate_ends_within_30_days')
            as certificate_ending,
        max(figures.first_on) filter (where figures.measure = 'certificate_ends_within_30_days')
            as certificate_first_on,
        max(figures.device_count) filter (where figures.measure = 'no_read_in_30_days') as unread_count,
        max(figures.of_count) filter (where figures.measure = 'no_read_in_30_days') as meter_count,
        max(ending.ending_count) as ending_count,
        share(
            max(ending.ending_count), max(figures.device_count) filter (where figures.measure = 'devices')
        ) as ending_share
    from figures
    cross join ending

)

select * from final
order by device_count
