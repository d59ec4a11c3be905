-- Requirement 3: which alert codes the report has a page of, in its order.
-- Grain: one row per recipient (party and role) and alert code with a finding or among the five largest.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'alerts'

),

monthly as (

    select * from {{ ref('mart_r3__monthly') }}

),

findings as (

    select * from {{ ref('mart_r3__findings') }}

),

volumes as (

    select
        party_id,
        role,
        alert_code,
        own_volume as volume
    from monthly
    where alert_code != 'ALL'

),

final as (

    {{ placed_subjects('volumes', 'findings', 'obligations', 'alert_code') }}

)

select * from final
