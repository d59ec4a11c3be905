{{ config(group='reporting') }}
-- Each highlighted incident of the period, of the DCC and with an outage, has an outage that was not planned on the
-- list of outages, if that list is whole.
with

incidents as (

    select * from {{ ref('mart_pmr_incidents__incidents') }}

),

incident_outages as (

    select * from {{ ref('fct_incident_outages') }}

),

lists as (

    select * from {{ ref('fct_outage_lists') }}

)

select 'Incident ' || incidents.incident_id || ' had an outage, and service_outages has none at that time.' as says
from incidents
cross join lists
where
    lists.is_complete
    and incidents.dcc_responsible
    and incidents.outage_started_at is not null
    and incidents.incident_id not in (select incident_outages.incident_id from incident_outages)
