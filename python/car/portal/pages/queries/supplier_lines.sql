-- One row per Energy Supplier that the filters leave: handovers of credentials, and those of the month before.
with

handovers as (
    select
        energy_supplier_id,
        cast(sum(n16_count) as bigint) as n16_count,
        cast(sum(met_count) as bigint) as met_count,
        cast(sum(failed_count) as bigint) as failed_count,
        cast(sum(pending_count) as bigint) as pending_count
    from credentials_handover
    group by energy_supplier_id
),

handovers_before as (
    select
        energy_supplier_id,
        share(sum(met_count), sum(met_count) + sum(failed_count)) as before_rate
    from before.credentials_handover
    group by energy_supplier_id
)

select
    handovers.energy_supplier_id as energy_supplier_as_is,
    handovers.energy_supplier_id as name,
    handovers.n16_count,
    handovers.met_count,
    handovers.failed_count,
    handovers.pending_count,
    share(handovers.met_count, handovers.met_count + handovers.failed_count) as own_rate,
    handovers_before.before_rate,
    -- What the filters leave of the others.
    share(
        sum(handovers.met_count) over () - handovers.met_count,
        sum(handovers.met_count + handovers.failed_count) over () - handovers.met_count - handovers.failed_count
    ) as others_rate,
    sum(handovers.n16_count) over () as all_n16_count,
    sum(handovers.met_count) over () as all_met_count,
    sum(handovers.failed_count) over () as all_failed_count,
    sum(handovers.pending_count) over () as all_pending_count,
    count(*) over () as line_count
from handovers
left join handovers_before using (energy_supplier_id)
order by handovers.n16_count desc, handovers.energy_supplier_id asc
limit 40
