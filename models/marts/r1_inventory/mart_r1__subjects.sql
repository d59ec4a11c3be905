-- Requirement 1: which Device Types the report has a page of, in its order.
-- Grain: one row per recipient (party and role) and Device Type with a finding or among the five largest.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'inventory'

),

estate as (

    select * from {{ ref('mart_r1__estate') }}

),

findings as (

    select * from {{ ref('mart_r1__findings') }}

),

volumes as (

    select
        party_id,
        role,
        device_type,
        device_count as volume
    from estate
    where
        measure = 'devices'
        and device_type != 'ALL'

),

findings_by_subject as (

    select
        party_id,
        role,
        dimension_value as device_type,
        affected_count
    from findings

),

final as (

    {{ placed_subjects('volumes', 'findings_by_subject', 'obligations', 'device_type') }}

)

select * from final
