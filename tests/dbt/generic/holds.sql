{# Fails with every row for which the expression is not true (null does not hold either). #}
{% test holds(model, expression) %}

select *
from {{ model }}
where not coalesce({{ expression }}, false)

{% endtest %}
