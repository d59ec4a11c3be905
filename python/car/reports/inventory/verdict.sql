-- Grain: one row: the estate as a whole.
with

estate_figures as (

    select *
    from figures
    where device_type = 'ALL'

),

ending as (

    -- Of a Device with both the firmware and the certificate flagged, one.
    select coalesce(sum(ending_count), 0) as ending_count
    from products

),

findings_counted as (

    select count(*) as finding_count
    from ends

),

final as (

    select
        max(estate_figures.device_count) filter (where estate_figures.measure = 'devices') as device_count,
        max(estate_figures.before_count) filter (where estate_figures.measure = 'devices') as before_count,
        max(estate_figures.device_count) filter (where estate_figures.measure = 'cpl_ended') as cpl_ended,
        max(estate_figures.device_count) filter (where estate_figures.measure = 'cpl_ends_within_30_days')
            as cpl_ending,
        max(estate_figures.first_on) filter (where estate_figures.measure = 'cpl_ends_within_30_days')
            as cpl_first_on,
        max(estate_figures.device_count) filter (where estate_figures.measure = 'certificate_ended')
            as certificate_ended,
        max(estate_figures.device_count) filter (where estate_figures.measure = 'certificate_ends_within_30_days')
            as certificate_ending,
        max(estate_figures.first_on) filter (where estate_figures.measure = 'certificate_ends_within_30_days')
            as certificate_first_on,
        max(estate_figures.device_count) filter (where estate_figures.measure = 'no_read_in_30_days')
            as unread_count,
        max(estate_figures.of_count) filter (where estate_figures.measure = 'no_read_in_30_days') as meter_count,
        max(ending.ending_count) as ending_count,
        coalesce(
            sum(estate_figures.device_count) filter (
                where
                estate_figures.measure in (
                    'cpl_ended', 'cpl_ends_within_30_days', 'certificate_ended', 'certificate_ends_within_30_days'
                )
            ),
            0
        ) as reason_count,
        max(findings_counted.finding_count) as finding_count,
        share(
            max(ending.ending_count),
            max(estate_figures.device_count) filter (where estate_figures.measure = 'devices')
        ) as ending_share
    from estate_figures
    cross join ending
    cross join findings_counted

)

select * from final
order by device_count
