{# Fails when the rows (that the filter keeps) are not exactly as many as expected. #}
{% test row_count(model, expected, filter='true') %}

select count(*) as row_count
from {{ model }}
where {{ filter }}
having count(*) != {{ expected }}

{% endtest %}
