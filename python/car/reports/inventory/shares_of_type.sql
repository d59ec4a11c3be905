-- Grain: one row per Device Type with a page and measure, without that of use, which would press the rest together.
with

final as (

    select
        key,
        measure,
        name,
        device_count,
        of_count,
        own_rate,
        industry_rate,
        industry_suppressed,
        before_rate,
        first_on,
        is_below,
        place
    from figures_of_type
    where measure != 'commissioned'

)

select * from final
order by
    key,
    place
