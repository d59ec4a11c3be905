-- Grain: one row per measure of estate.csv, besides the number of Devices.
with

final as (

    select
        listed.measure,
        listed.place,
        listed.measure_name,
        listed.short_name,
        -- What is about to end has a side only once it has ended; a payment mode has none.
        listed.better_when
    from (
        values
        ('commissioned', 1, 'Commissioned', 'Commissioned', 'higher'),
        ('on_newest_firmware', 2, 'On the newest firmware of their model', 'On the newest firmware', 'higher'),
        ('no_read_in_30_days', 3, 'Meters without a read in thirty days', 'No read in thirty days', 'lower'),
        ('never_read', 4, 'Meters never read', 'Never read', 'lower'),
        ('prepayment', 5, 'In prepayment mode', 'In prepayment mode', null),
        ('cpl_ended', 6, 'Firmware off the Central Products List', 'Firmware off the products list', 'lower'),
        (
            'cpl_ends_within_30_days',
            7,
            'Off the Central Products List within thirty days',
            'Off the list within thirty days',
            null
        ),
        ('certificate_ended', 8, 'Security Certificate has ended', 'Certificate has ended', 'lower'),
        (
            'certificate_ends_within_30_days',
            9,
            'Security Certificate ends within thirty days',
            'Certificate ends within thirty days',
            null
        )
    ) as listed (measure, place, measure_name, short_name, better_when)

)

select * from final
order by place
