-- Requirement 3, network operators: which Energy Suppliers the report has a page of, in its order.
-- Grain: one row per recipient (party and role) and Energy Supplier with a finding or among the five largest.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'network_operator'

),

handovers as (

    select * from {{ ref('mart_r3__credentials_handover') }}

),

findings as (

    select * from {{ ref('mart_r3__network_operator_findings') }}

),

volumes as (

    select
        party_id,
        role,
        energy_supplier_id,
        cast(sum(n16_count) as bigint) as volume
    from handovers
    group by
        party_id,
        role,
        energy_supplier_id

),

findings_by_subject as (

    select
        party_id,
        role,
        dimension_value as energy_supplier_id,
        affected_count
    from findings

),

final as (

    {{ placed_subjects('volumes', 'findings_by_subject', 'obligations', 'energy_supplier_id') }}

)

select * from final
