-- Grain: one row per Energy Supplier with a page and 30 handovers and day with an N16: fewer draw no picture.
with

final as (

    select
        supplier_days.key,
        supplier_days.day,
        supplier_days.n16_count,
        supplier_days.met_count,
        supplier_days.failed_count,
        supplier_days.pending_count
    from supplier_days
    inner join supplier_pages
        on supplier_days.key = supplier_pages.key
    where supplier_pages.n16_count >= 30

)

select * from final
order by
    key,
    day
