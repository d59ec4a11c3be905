{# Fails with every key of a column that its lookup has not exactly once: a join would lose or double rows, or find
    nothing. Null is a key that is not found, unless the lookup is `optional`. Only the distinct keys are joined.
    With `stored_in`, which is the model itself as a table by key with day_of, only the keys of rows are looked for that
    were made since the test last passed. In a lookup that can change without a row being made again, all keys are
    looked for: that is each but those of macro models_read_whole. #}
{% test found_once(model, lookups, stored_in=none) %}

{%- set passed_build = tested_build(model, 'found_once', stored_in) if execute and stored_in else 0 %}
{%- set unchanged = [] %}
{%- if passed_build %}
    {%- for node in graph.nodes.values() if node.name == model.identifier %}
        {%- do unchanged.extend(models_read_whole(node)) %}
    {%- endfor %}
{%- endif %}

{% for lookup in lookups %}
select
    '{{ lookup.column }}' as column_name,
    used.lookup_key,
    count(found.{{ lookup.field }}) as found_count
from (
    select distinct {{ lookup.column }} as lookup_key
    from {{ model }}
    where
        {{ lookup.column ~ ' is not null' if lookup.optional else 'true' }}
        {{ 'and built_in > ' ~ passed_build if lookup.other.identifier in unchanged }}
) as used
left join {{ lookup.other }} as found
    on used.lookup_key = found.{{ lookup.field }}
group by used.lookup_key
having count(found.{{ lookup.field }}) != 1
{{ 'union all' if not loop.last }}
{% endfor %}

{% endtest %}
