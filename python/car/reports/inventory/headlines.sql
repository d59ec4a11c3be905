-- Grain: one row per headline figure of the estate, those that index.html shows.
with

headline_figures as (

    select *
    from figures
    where
        device_type = 'ALL'
        and measure in ('devices', 'on_newest_firmware', 'no_read_in_30_days', 'cpl_ended', 'certificate_ended')
        and of_count > 0

),

final as (

    select
        coalesce(measure_name, 'Devices of the estate') as name,
        device_count,
        case when measure != 'devices' then of_count end as of_count,
        own_rate,
        industry_rate,
        industry_suppressed,
        before_count,
        before_rate,
        cast(null as decimal(38, 6)) as peers_lowest,
        cast(null as decimal(38, 6)) as peers_highest,
        is_below,
        coalesce(place, 0) as place
    from headline_figures

)

select * from final
order by place
