{# Fails with every spell that is empty or that begins before the one before it (same key) has ended. #}
{% test no_overlap(model, key) %}

with

neighbours as (

    select
        {{ key | join(', ') }},
        valid_from,
        valid_to,
        lag(valid_to) over (partition by {{ key | join(', ') }} order by valid_from, valid_to) as previous_valid_to
    from {{ model }}

)

select *
from neighbours
where valid_from >= valid_to or previous_valid_to > valid_from

{% endtest %}
