{# Fails with every spell that is empty or that begins before the one before it (same key) has ended. With `stored_in`,
    which is the model itself as a table by key, only the spells are looked at of keys that changed since the test last
    passed. #}
{% test no_overlap(model, key, stored_in=none) %}

{%- set passed_build = tested_build(model, 'no_overlap', stored_in) if execute and stored_in else 0 %}

with

neighbours as (

    select
        {{ key | join(', ') }},
        valid_from,
        valid_to,
        lag(valid_to) over (partition by {{ key | join(', ') }} order by valid_from, valid_to) as previous_valid_to
    from {{ model }}
    {%- if passed_build %}
    where {{ key[0] }} in ({{ changed_values(stored_in.identifier, key[0], passed_build) }})
    {%- endif %}

)

select *
from neighbours
where valid_from >= valid_to or previous_valid_to > valid_from

{% endtest %}
