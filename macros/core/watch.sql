{#- Spike monitoring (docs/operations.md, "Watch"). Time is cut into slots of `watch_hours`, counted back from the instant up
    to which is looked: slot 0 ends there. The same hours of a week before are `slots_per_week()` slots further back. -#}

{#- The slot that an instant lies in.

    instant   before `until`
    until     the instant up to which is looked -#}
{% macro slot_of(instant, until) -%}
    {{ whole_quotient(epoch_us(until) ~ ' - ' ~ epoch_us(instant) ~ ' - 1', var('watch_hours') * 3600000000) }}
{%- endmacro %}


{#- The instant at which a slot ends. -#}
{% macro end_of_slot(slot, until) -%}
    {{ add_ms(until, '-' ~ slot ~ ' * ' ~ var('watch_hours') * 3600000) }}
{%- endmacro %}


{% macro slots_per_week() -%}
    {%- if 168 % var('watch_hours') -%}
        {%- do exceptions.raise_compiler_error('watch_hours must divide a week: 1, 2, 3, 4, 6, 8, 12 or 24') -%}
    {%- endif -%}
    {%- do return(168 // var('watch_hours')) -%}
{%- endmacro %}


{#- Twice the median of the values that a window has put in order: the sum of the two in the middle, which are one where
    their count is odd.

    value, place, value_count   columns; the place of a value is from 1 -#}
{% macro twice_the_median(value, place, value_count) -%}
    (
        sum(case when {{ place }} = {{ whole_quotient(value_count ~ ' + 1', 2) }} then {{ value }} end)
        + sum(case when {{ place }} = {{ whole_quotient(value_count ~ ' + 2', 2) }} then {{ value }} end)
    )
{%- endmacro %}
