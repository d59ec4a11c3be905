-- Grain: one row: the handovers of all suppliers, in the month and in the month before.
with

handovers as (

    select
        coalesce(sum(n16_count), 0) as n16_count,
        coalesce(sum(met_count), 0) as met_count,
        coalesce(sum(failed_count), 0) as failed_count,
        coalesce(sum(pending_count), 0) as pending_count
    from credentials_handover

),

handovers_before as (

    select
        sum(met_count) as met_count,
        sum(failed_count) as failed_count,
        sum(pending_count) as pending_count
    from before.credentials_handover

),

final as (

    select
        handovers.n16_count,
        handovers.met_count,
        handovers.failed_count,
        handovers.pending_count,
        handovers.met_count + handovers.failed_count as decided_count,
        share(handovers.met_count, handovers.met_count + handovers.failed_count) as own_rate,
        handovers_before.met_count as before_met_count,
        handovers_before.pending_count as before_pending_count,
        handovers_before.met_count + handovers_before.failed_count as before_decided_count,
        share(handovers_before.met_count, handovers_before.met_count + handovers_before.failed_count)
            as before_rate,
        -- As for findings: of fewer no difference is told from chance.
        handovers.met_count + handovers.failed_count < 30 as is_own_too_few,
        handovers.met_count + handovers.failed_count < 30
        or coalesce(handovers_before.met_count + handovers_before.failed_count < 30, false) as is_too_few
    from handovers
    cross join handovers_before

)

select * from final
order by n16_count
