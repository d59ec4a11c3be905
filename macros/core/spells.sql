{#- True when the spell was in force at the instant (or on the day).

    Spells are half-open, [valid_from, valid_to): at the instant of a change the new state holds, and
    no instant is covered twice. This is the only way in which history is joined. -#}
{% macro valid_at(spell, instant) -%}
    {{ spell }}.valid_from <= {{ instant }}
    and {{ instant }} < {{ spell }}.valid_to
{%- endmacro %}


{#- True when the spell was in force at the last instant before a boundary (the end of a month or day). -#}
{% macro valid_just_before(spell, boundary) -%}
    {{ spell }}.valid_from < {{ boundary }}
    and {{ boundary }} <= {{ spell }}.valid_to
{%- endmacro %}


{#- True when the spell was in force at some point of the half-open period [period_start, period_end). -#}
{% macro overlaps(spell, period_start, period_end) -%}
    {{ spell }}.valid_from < {{ period_end }}
    and {{ period_start }} < {{ spell }}.valid_to
{%- endmacro %}
