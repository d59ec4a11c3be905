-- Requirement 2: which business processes the report has a page of, in its order.
-- Grain: one row per recipient (party and role) and business process with a finding or among the five largest.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

benchmark as (

    select * from {{ ref('mart_r2__benchmark') }}

),

findings as (

    select * from {{ ref('mart_r2__findings') }}

),

volumes as (

    select
        party_id,
        role,
        business_process,
        own_volume as volume
    from benchmark
    where srv = 'ALL'

),

final as (

    {{ placed_subjects('volumes', 'findings', 'obligations', 'business_process') }}

)

select * from final
