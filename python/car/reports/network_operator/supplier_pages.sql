-- Grain: one row per Energy Supplier that has a page.
with

final as (

    select
        energy_supplier_id as key,
        energy_supplier_id,
        n16_count,
        met_count,
        failed_count,
        pending_count,
        decided_count,
        met_share,
        others_decided_count,
        others_met_share,
        before_decided_count,
        before_met_share,
        excess_count,
        position
    from suppliers
    where position is not null

)

select * from final
order by position
