{# Fails with every row in which one of the columns is null: one pass for all of them. With `stored_in`
    (see unique_grain) only the rows are looked at that were stored since the test last passed. #}
{% test all_present(model, columns, stored_in=none) %}

{%- set passed_build = tested_build(model, 'all_present', stored_in) if execute and stored_in else 0 %}

select {{ columns | join(', ') }}
from {{ stored_in if passed_build else model }}
where
    {% if passed_build -%}
    outcome = 'accepted' and built_in > {{ passed_build }} and
    {%- endif %}
    (
    {% for column in columns -%}
    {{ 'or ' if not loop.first }}{{ column }} is null
    {% endfor %}
    )

{% endtest %}
