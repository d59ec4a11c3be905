-- Grain: one row per Device Type that stands in subjects.csv and has no page.
with

final as (

    select
        position,
        device_type
    from subjects
    where not has_page

)

select * from final
order by position
