{#- Rules about installations and changes of supplier that more than one model needs (docs/definitions.md,
    "Install and Commission" and "Change of Supplier"). -#}

{#- The first instant after a calendar day. -#}
{% macro end_of_day(day) -%}
    cast({{ add_days(day, 1) }} as timestamp)
{%- endmacro %}


{#- The region of a Device alone, whatever a request to it says. -#}
{% macro region_of_device(device) -%}
    {{ region_of(device, device) }}
{%- endmacro %}


{#- A number of days of 24 hours each, as a length of time. -#}
{% macro whole_days(count) -%}
    interval '{{ (count | int) * 24 }}' hour
{%- endmacro %}
