{#- Rules about the measures that feeds name (docs/performance_measurement/governance.md). -#}

{#- The measure that an id of a feed names, without the subject that may follow a slash. -#}
{% macro figure_of(measure_id) -%}
    case
        when position('/' in {{ measure_id }}) > 0 then substr({{ measure_id }}, 1, position('/' in {{ measure_id }}) - 1)
        else {{ measure_id }}
    end
{%- endmacro %}


{#- The subject that an id of a feed names after a slash; null where it names none. -#}
{% macro subject_of(measure_id) -%}
    case when position('/' in {{ measure_id }}) > 0 then substr({{ measure_id }}, position('/' in {{ measure_id }}) + 1) end
{%- endmacro %}
