{{ config(group='reporting') }}
-- Of a highlighted incident that was closed in the period, raised, resolved and closed come in that order, where all
-- are known.
-- Of a file, so that a failure keeps no model from being built and `--force` can publish:
-- depends_on: {{ ref('mart_pmr_incidents__incidents') }}
with

incidents as (

    select *
    from {{ ref('fct_incidents') }}
    where
        is_major
        and is_closed

),

dim_incidents as (

    select *
    from {{ ref('dim_incidents') }}
    where
        raised_at is not null
        and resolved_at is not null

)

select 'Incident ' || incidents.incident_id || ': raised, resolved and closed are not in that order.' as says
from incidents
inner join dim_incidents
    on incidents.incident_id = dim_incidents.incident_id
where
    dim_incidents.raised_at > dim_incidents.resolved_at
    or dim_incidents.resolved_at > dim_incidents.closed_at
