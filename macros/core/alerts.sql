{#- Rules about alerts that more than one model needs. -#}

{#- The stages of an alert's way that the power outage timing log has. -#}
{% macro alert_stages() -%}
    {%- do return(['event_to_csp', 'csp_to_dsp', 'dsp_to_sent', 'sent_to_acknowledged']) -%}
{%- endmacro %}
