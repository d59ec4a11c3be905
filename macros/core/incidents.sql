{#- Rules about incidents that more than one model of core needs (docs/definitions.md, "Incidents"). -#}

{#- The first instant at which an incident was felt: of its outage, or where none was logged of its life. -#}
{% macro felt_from(incidents) -%}
    coalesce({{ incidents }}.outage_started_at, {{ incidents }}.raised_at)
{%- endmacro %}


{#- The first instant at which it was felt no more; one without an end is still open. One that ended at the instant at which
    it began still happened: it takes a microsecond. -#}
{% macro felt_to(incidents) -%}
    greatest(
        coalesce(
            case
                when {{ incidents }}.outage_started_at is null then {{ incidents }}.resolved_at
                else {{ incidents }}.outage_ended_at
            end,
            {{ open_end() }}
        ),
        {{ felt_from(incidents) }} + interval '1' microsecond
    )
{%- endmacro %}
