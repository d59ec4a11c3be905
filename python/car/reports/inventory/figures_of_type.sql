-- Grain: one row per Device Type with a page and measure that its Devices can have.
with

figures as (

    select *
    from figures
    where
        measure != 'devices'
        and of_count > 0

),

final as (

    select
        type_pages.key,
        figures.measure,
        figures.measure_name,
        figures.device_count,
        figures.of_count,
        figures.own_share,
        figures.industry_share,
        figures.industry_suppressed,
        figures.before_count,
        figures.before_share,
        figures.first_on,
        figures.place
    from figures
    inner join type_pages
        on figures.device_type = type_pages.key

)

select * from final
order by
    key,
    place
