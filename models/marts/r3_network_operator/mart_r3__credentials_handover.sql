-- Requirement 3, network operators: whether suppliers hand over the credentials of new meters in time.
-- Grain: one row per recipient (party and role), Energy Supplier and day with an N16.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'network_operator'

),

handovers as (

    select * from {{ ref('int_r3__handovers') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

counted as (

    select
        handovers.party_key,
        coalesce(parties.party_id, 'Unknown') as energy_supplier_id,
        cast(handovers.alert_start_at as date) as day,
        count(*) as n16_count,
        count(*) filter (where handovers.handover_state = 'met') as met_count,
        count(*) filter (where handovers.handover_state = 'failed') as failed_count,
        count(*) filter (where handovers.handover_state = 'pending') as pending_count
    from handovers
    left join parties
        on handovers.import_supplier_key = parties.party_key
    group by
        handovers.party_key,
        coalesce(parties.party_id, 'Unknown'),
        cast(handovers.alert_start_at as date)

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        counted.energy_supplier_id,
        counted.day,
        counted.n16_count,
        counted.met_count,
        counted.failed_count,
        counted.pending_count,
        {{ share('counted.met_count', '(counted.met_count + counted.failed_count)', 6) }} as met_share
    from counted
    inner join obligations
        on counted.party_key = obligations.party_key

)

select * from final
