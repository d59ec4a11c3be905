{{ config(group='reporting') }}
-- Each incident of a party's list stands on a day of its daily.csv, and who is told of any has a list.
with

days as (

    select distinct
        party_id,
        incident_ids
    from {{ ref('mart_r2__daily') }}
    where incident_ids is not null

),

incidents as (

    select * from {{ ref('mart_reference__incidents') }}

)

select
    incidents.party_id,
    incidents.incident_id
from incidents
left join days
    on
        incidents.party_id = days.party_id
        and position(';' || incidents.incident_id || ';' in ';' || days.incident_ids || ';') > 0
where days.party_id is null

union all

select
    days.party_id,
    days.incident_ids as incident_id
from days
left join incidents
    on days.party_id = incidents.party_id
where incidents.party_id is null
