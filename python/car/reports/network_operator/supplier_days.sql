-- Grain: one row per Energy Supplier with a page and day with an N16.
with

handovers as (

    select * from credentials_handover

),

final as (

    select
        supplier_pages.key,
        handovers.day,
        strftime(handovers.day, '%-d %B %Y') as day_name,
        handovers.n16_count,
        handovers.met_count,
        handovers.failed_count,
        handovers.pending_count,
        handovers.met_share as own_rate
    from handovers
    inner join supplier_pages
        on handovers.energy_supplier_id = supplier_pages.energy_supplier_id

)

select * from final
order by
    key,
    day
