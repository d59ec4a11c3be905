{#- The only clocks of the project: the reporting month and the as-of instant, both variables. -#}

{#- First instant of the reporting month. -#}
{% macro month_start() -%}
    timestamp '{{ var("reporting_month") }}-01 00:00:00'
{%- endmacro %}


{#- First instant after the reporting month. -#}
{% macro month_end() -%}
    {%- set year, month = var('reporting_month').split('-') | map('int') -%}
    {%- set next_year, next_month = (year + 1, 1) if month == 12 else (year, month + 1) -%}
    timestamp '{{ '%04d-%02d' % (next_year, next_month) }}-01 00:00:00'
{%- endmacro %}


{#- First day of the reporting month. -#}
{% macro first_day() -%}
    date '{{ var("reporting_month") }}-01'
{%- endmacro %}


{#- Last day of the reporting month. -#}
{% macro last_day() -%}
    {%- set year, month = var('reporting_month').split('-') | map('int') -%}
    {%- set next = modules.datetime.date(year + month // 12, month % 12 + 1, 1) -%}
    {%- set last = next - modules.datetime.timedelta(days=1) -%}
    date '{{ last.isoformat() }}'
{%- endmacro %}


{#- True when an instant lies in the reporting month. -#}
{% macro in_reporting_month(instant) -%}
    {{ instant }} >= {{ month_start() }} and {{ instant }} < {{ month_end() }}
{%- endmacro %}


{#- Only what was recorded before this instant is used. -#}
{% macro as_of() -%}
    timestamp '{{ var("as_of") }}'
{%- endmacro %}


{#- The end of a spell that is still open. -#}
{% macro open_end() -%}
    timestamp '9999-12-31 00:00:00'
{%- endmacro %}


{#- The end of a spell of days that is still open. -#}
{% macro open_end_day() -%}
    date '9999-12-31'
{%- endmacro %}


{#- The days of the reporting month, one row each, as column `day`. -#}
{% macro days_of_month() -%}
    {%- set year, month = var('reporting_month').split('-') | map('int') -%}
    {%- set first = modules.datetime.date(year, month, 1) -%}
    {%- set next = modules.datetime.date(year + month // 12, month % 12 + 1, 1) -%}
    {%- for offset in range((next - first).days) %}
    {{ 'union all ' if not loop.first }}select date '{{ (first + modules.datetime.timedelta(days=offset)).isoformat() }}' as day
    {%- endfor %}
{%- endmacro %}
