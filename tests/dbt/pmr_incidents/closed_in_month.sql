{{ config(group='reporting') }}
-- An incident is in CPM4 if it was closed in the period and the DCC is responsible, and by nothing else.
select 'Incident ' || incident_id || ' is in CPM4 by more than its closing date and who is responsible.' as says
from {{ ref('mart_pmr_incidents__incidents') }}
where
    in_cpm4 != coalesce({{ in_period('closed_at') }} and dcc_responsible, false)
    or (within_target is null) = in_cpm4
