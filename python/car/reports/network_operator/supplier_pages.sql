-- Grain: one row per Energy Supplier that has a page.
with

final as (

    select
        -- Not the name, which may be long.
        cast(position as varchar) as key,
        energy_supplier_id,
        n16_count,
        met_count,
        failed_count,
        pending_count,
        decided_count,
        own_rate,
        others_decided_count,
        others_rate,
        before_decided_count,
        before_rate,
        excess_count,
        decided_count < 30 as is_too_few,
        position
    from suppliers
    where position is not null

)

select * from final
order by position
