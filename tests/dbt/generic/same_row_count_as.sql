{# Fails when the model and the other relation do not have equally many rows: a join lost or doubled some. #}
{% test same_row_count_as(model, other) %}

with

counted as (

    select
        (select count(*) from {{ model }}) as model_row_count,
        (select count(*) from {{ other }}) as other_row_count

)

select *
from counted
where model_row_count != other_row_count

{% endtest %}
