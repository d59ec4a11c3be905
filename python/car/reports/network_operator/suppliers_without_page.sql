-- Grain: one row per Energy Supplier that stands in subjects.csv and has no page.
with

final as (

    select
        position,
        energy_supplier_id
    from subjects
    where not has_page

)

select * from final
order by position
