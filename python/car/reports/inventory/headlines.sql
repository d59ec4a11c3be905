-- Grain: one row per headline figure of the estate, those that index.html shows.
with

figures as (

    select *
    from figures
    where
        device_type = 'ALL'
        and measure in ('devices', 'on_newest_firmware', 'no_read_in_30_days', 'cpl_ended', 'certificate_ended')

),

final as (

    select
        coalesce(measure_name, 'Devices of the estate') as figure,
        device_count,
        case when measure != 'devices' then of_count end as of_count,
        own_share,
        industry_share,
        industry_suppressed,
        before_count,
        before_share,
        coalesce(place, 0) as place
    from figures

)

select * from final
order by place
