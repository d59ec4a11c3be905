-- Reference: what the incidents are that daily.csv names by their ids.
-- Grain: one row per party with a daily.csv that has rows, and incident of it.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

own_months as (

    select * from {{ ref('int_r2__own_months') }}

),

incident_days as (

    select * from {{ ref('fct_major_incident_days') }}

),

incidents as (

    select * from {{ ref('dim_incidents') }}

),

readers as (

    -- Who has requests of any process is told of every day of the month, and so of every incident of it.
    select distinct obligations.party_id
    from obligations
    inner join own_months
        on obligations.party_key = own_months.party_key

),

told as (

    select distinct incident_id
    from incident_days

),

final as (

    select
        readers.party_id,
        incidents.incident_id,
        incidents.title as name,
        concat_ws(', ', incidents.category, incidents.service, incidents.csp_region) as description
    from readers
    cross join told
    inner join incidents
        on told.incident_id = incidents.incident_id

)

select * from final
