-- Grain: one row per Device Type with a page and measure that its Devices can have.
with

told_figures as (

    select *
    from figures
    where
        measure != 'devices'
        and of_count > 0

),

final as (

    select
        type_pages.key,
        told_figures.measure,
        told_figures.short_name as name,
        told_figures.device_count,
        told_figures.of_count,
        told_figures.own_rate,
        told_figures.industry_rate,
        told_figures.industry_suppressed,
        told_figures.before_count,
        told_figures.before_rate,
        cast(null as decimal(38, 6)) as peers_lowest,
        cast(null as decimal(38, 6)) as peers_highest,
        told_figures.first_on,
        told_figures.is_below,
        told_figures.place
    from told_figures
    inner join type_pages
        on told_figures.device_type = type_pages.key

)

select * from final
order by
    key,
    place
