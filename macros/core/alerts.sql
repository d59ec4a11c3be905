{#- Rules about alerts that more than one model needs. -#}

{#- The stages of an alert's way that the power outage timing log has. -#}
{% macro alert_stages() -%}
    {%- do return(['event_to_csp', 'csp_to_dsp', 'dsp_to_sent', 'sent_to_acknowledged']) -%}
{%- endmacro %}


{#- Columns: how long each stage took (whole milliseconds); null where one of its instants is not logged.

    timings   rows of stg_power_outage_timings -#}
{% macro stage_lengths(timings) -%}
    {%- set instants = ['event_at', 'csp_sent_at', 'dsp_received_at', 'sent_at', 'acknowledged_at'] -%}
    {%- for stage in alert_stages() -%}
        {%- set begin = timings ~ '.' ~ instants[loop.index0] -%}
        {%- set end = timings ~ '.' ~ instants[loop.index] -%}
        case
            when {{ begin }} is not null and {{ end }} is not null then greatest(0, {{ duration_ms(begin, end) }})
        end as {{ stage }}_ms{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
