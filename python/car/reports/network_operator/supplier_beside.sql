-- Grain: one row per Energy Supplier with a page and what its handovers are put beside.
with

totals as (

    select * from handover_totals

),

handovers_before as (

    select
        energy_supplier_id,
        sum(n16_count) as n16_count,
        sum(met_count) as met_count,
        sum(failed_count) as failed_count,
        sum(pending_count) as pending_count
    from before.credentials_handover
    group by energy_supplier_id

),

recipient as (

    select * from release.recipient

),

counts as (

    select
        supplier_pages.key,
        1 as place,
        'This supplier' as name,
        supplier_pages.n16_count,
        supplier_pages.met_count,
        supplier_pages.failed_count,
        supplier_pages.pending_count
    from supplier_pages
    union all
    select
        supplier_pages.key,
        2 as place,
        'This supplier in ' || recipient.before_name as name,
        handovers_before.n16_count,
        handovers_before.met_count,
        handovers_before.failed_count,
        handovers_before.pending_count
    from supplier_pages
    cross join recipient
    inner join handovers_before
        on supplier_pages.energy_supplier_id = handovers_before.energy_supplier_id
    union all
    select
        supplier_pages.key,
        3 as place,
        'Your other suppliers' as name,
        totals.n16_count - supplier_pages.n16_count as n16_count,
        totals.met_count - supplier_pages.met_count as met_count,
        totals.failed_count - supplier_pages.failed_count as failed_count,
        totals.pending_count - supplier_pages.pending_count as pending_count
    from supplier_pages
    cross join totals

),

final as (

    select
        key,
        place,
        name,
        n16_count,
        met_count,
        failed_count,
        pending_count,
        share(met_count, met_count + failed_count) as own_rate,
        cast(null as decimal(38, 6)) as before_rate,
        cast(null as decimal(38, 6)) as others_rate
    from counts
    -- Without other suppliers there is nothing beside it.
    where n16_count > 0

)

select * from final
order by
    key,
    place
