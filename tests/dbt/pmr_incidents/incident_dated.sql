{{ config(group='reporting') }}
-- Of a highlighted incident that was closed in the period, raised, resolved and closed come in that order, where all are known.
select
    'Incident ' || incidents.incident_id || ' was closed before it was resolved, or resolved before it was raised.' as says
from {{ ref('fct_incidents') }} as incidents
inner join {{ ref('dim_incidents') }} as dim_incidents
    on incidents.incident_id = dim_incidents.incident_id
where
    incidents.is_major
    and incidents.is_closed
    and dim_incidents.raised_at is not null
    and dim_incidents.resolved_at is not null
    and not (
        dim_incidents.raised_at <= dim_incidents.resolved_at
        and dim_incidents.resolved_at <= dim_incidents.closed_at
    )
