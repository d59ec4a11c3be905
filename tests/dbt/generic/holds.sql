{# Fails with every row for which the expression is not true (null does not hold either). With `stored_in`
    (see unique_grain; or the model itself, where it is a table by key with day_of) only the rows are looked at that
    were written since the test last passed. #}
{% test holds(model, expression, stored_in=none) %}

{%- set passed_build = tested_build(model, 'holds', stored_in) if execute and stored_in else 0 %}

select *
from {{ model }}
where
    not coalesce({{ expression }}, false)
    {%- if passed_build %}
    and built_in > {{ passed_build }}
    {%- endif %}

{% endtest %}
