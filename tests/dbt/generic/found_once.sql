{# Fails with every key of a column that its lookup has not exactly once: a join would lose or double rows, or find
    nothing. Null is a key that is not found, unless the lookup is `optional`. Only the distinct keys are joined. #}
{% test found_once(model, lookups) %}

{% for lookup in lookups %}
select
    '{{ lookup.column }}' as column_name,
    used.lookup_key,
    count(found.{{ lookup.field }}) as found_count
from (
    select distinct {{ lookup.column }} as lookup_key
    from {{ model }}
    {% if lookup.optional %}where {{ lookup.column }} is not null{% endif %}
) as used
left join {{ lookup.other }} as found
    on used.lookup_key = found.{{ lookup.field }}
group by used.lookup_key
having count(found.{{ lookup.field }}) != 1
{{ 'union all' if not loop.last }}
{% endfor %}

{% endtest %}
