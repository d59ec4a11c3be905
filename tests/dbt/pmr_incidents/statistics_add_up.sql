{{ config(group='reporting') }}
-- In incident_statistics.csv the categories, SMETS versions and groups of resolvers add up to their ALL.
with

statistics as (

    select * from {{ ref('mart_pmr_incidents__incident_statistics') }}

)

{% for split in ['category', 'smets_version', 'resolver_group'] -%}
{%- set others = ['category', 'smets_version', 'resolver_group', 'dcc_responsible'] | reject('equalto', split) | list %}
{{ 'union all' if not loop.first }}

select 'In incident_statistics.csv the rows by {{ split }} do not add up to ALL.' as says
from statistics
group by
    {{ others | join(',\n    ') }}
having
    {%- for count in ['raised', 'closed', 'initial_in_time', 'resolved_in_time', 'open', 'open_over_90_days'] %}
    {{ 'or ' if not loop.first }}sum({{ count }}) != 2 * sum({{ count }}) filter (where {{ split }} = 'ALL')
    {%- endfor %}
{% endfor -%}
