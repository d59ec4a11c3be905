-- Grain: one row per Energy Supplier with an N16 in the month.
with

handovers as (

    select
        energy_supplier_id,
        sum(n16_count) as n16_count,
        sum(met_count) as met_count,
        sum(failed_count) as failed_count,
        sum(pending_count) as pending_count
    from credentials_handover
    group by energy_supplier_id

),

handovers_before as (

    select
        energy_supplier_id,
        sum(met_count) as met_count,
        sum(failed_count) as failed_count
    from before.credentials_handover
    group by energy_supplier_id

),

totals as (

    select
        met_count,
        decided_count
    from handover_totals

),

gathering as (

    select
        dimension_value as energy_supplier_id,
        affected_count
    from findings
    where finding = 'failures_gather'

),

with_page as (

    select *
    from subjects
    where has_page

),

rated as (

    select
        handovers.energy_supplier_id,
        handovers.n16_count,
        handovers.met_count,
        handovers.failed_count,
        handovers.pending_count,
        handovers.met_count + handovers.failed_count as decided_count,
        share(handovers.met_count, handovers.met_count + handovers.failed_count) as own_rate,
        totals.decided_count - handovers.met_count - handovers.failed_count as others_decided_count,
        share(
            totals.met_count - handovers.met_count,
            totals.decided_count - handovers.met_count - handovers.failed_count
        ) as others_rate,
        handovers_before.met_count + handovers_before.failed_count as before_decided_count,
        share(handovers_before.met_count, handovers_before.met_count + handovers_before.failed_count)
            as before_rate,
        gathering.affected_count as excess_count,
        with_page.position,
        case when with_page.position is not null then 'supplier:' || with_page.position end as page
    from handovers
    cross join totals
    left join handovers_before
        on handovers.energy_supplier_id = handovers_before.energy_supplier_id
    left join gathering
        on handovers.energy_supplier_id = gathering.energy_supplier_id
    left join with_page
        on handovers.energy_supplier_id = with_page.energy_supplier_id

),

final as (

    select
        *,
        coalesce(own_rate < others_rate, false) as is_below
    from rated

)

select * from final
order by
    position asc nulls last,
    n16_count desc,
    energy_supplier_id asc
