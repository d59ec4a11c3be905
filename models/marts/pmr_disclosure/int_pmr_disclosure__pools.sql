-- Grain: one row per cell of the industry report and corporate group, and one of a cell's rows that are of no group.
{%- set sections = ['int_pmr_estate__pools', 'int_pmr_outcomes__pools', 'int_pmr_rsvp__pools'] %}
with

final as (

    {% for section in sections -%}
    {{ 'union all ' if not loop.first }}select {{ pmr_pool_columns() | join(', ') }} from {{ ref(section) }}
    {% else -%}
    select
        {%- for column, data_type in pmr_pool_columns().items() %}
        cast(null as {{ data_type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
    {%- endfor %}

)

select * from final
