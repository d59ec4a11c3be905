{#- The only clocks of the project: the reporting month and the as-of instant, both variables. -#}

{#- First instant of the reporting month. -#}
{% macro month_start() -%}
    timestamp '{{ var("reporting_month") }}-01 00:00:00'
{%- endmacro %}


{#- First day after the reporting month, as a date for Jinja to reckon with. -#}
{% macro month_after() -%}
    {%- set year, month = var('reporting_month').split('-') | map('int') -%}
    {%- do return(modules.datetime.date(year + month // 12, month % 12 + 1, 1)) -%}
{%- endmacro %}


{#- First instant after the reporting month. -#}
{% macro month_end() -%}
    timestamp '{{ month_after().isoformat() }} 00:00:00'
{%- endmacro %}


{#- First day of the reporting month. -#}
{% macro first_day() -%}
    date '{{ var("reporting_month") }}-01'
{%- endmacro %}


{#- Last day of the reporting month. -#}
{% macro last_day() -%}
    date '{{ (month_after() - modules.datetime.timedelta(days=1)).isoformat() }}'
{%- endmacro %}


{#- True when an instant lies in the reporting month. -#}
{% macro in_reporting_month(instant) -%}
    {{ instant }} >= {{ month_start() }} and {{ instant }} < {{ month_end() }}
{%- endmacro %}


{#- Only what was recorded before this instant is used. -#}
{% macro as_of() -%}
    timestamp '{{ var("as_of") }}'
{%- endmacro %}


{#- True of a folder's day where the quality gate judges what lies in it: from the first day of the reporting month on, up
    to the as-of instant. What an earlier month let pass does not hold every later one back. -#}
{% macro is_judged_by_the_gate(landed_on) -%}
    {{ landed_on }} >= {{ first_day() }} and {{ landed_on }} < {{ as_of() }}
{%- endmacro %}


{#- The end of a spell that is still open: the first instant after all that a feed can name. -#}
{% macro open_end() -%}
    timestamp '10000-01-01 00:00:00'
{%- endmacro %}


{#- The end of a spell of days that is still open: the first day after all that a feed can name. -#}
{% macro open_end_day() -%}
    date '10000-01-01'
{%- endmacro %}


{#- The calendar month before the reporting month, YYYY-MM. -#}
{% macro month_before() -%}
    {%- set year, month = var('reporting_month').split('-') | map('int') -%}
    {{- '%04d-%02d' % ((year - 1, 12) if month == 1 else (year, month - 1)) -}}
{%- endmacro %}


{#- First instant of the Regulatory Year of the reporting month, which begins on 1 April. -#}
{% macro regulatory_year_start() -%}
    {%- set year, month = var('reporting_month').split('-') | map('int') -%}
    timestamp '{{ '%04d' % (year if month >= 4 else year - 1) }}-04-01 00:00:00'
{%- endmacro %}


{#- True while the clocks of Europe/London are an hour before UTC, for an instant in the year of the reporting month: from
    01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October. -#}
{% macro is_summer_time(instant) -%}
    {%- set year = var('reporting_month').split('-')[0] | int -%}
    {%- set changes = [] -%}
    {%- for month in (3, 10) -%}
        {%- set last = modules.datetime.date(year, month, 31) -%}
        {%- do changes.append(last - modules.datetime.timedelta(days=last.isoweekday() % 7)) -%}
    {%- endfor -%}
    (
        {{ instant }} >= timestamp '{{ changes[0].isoformat() }} 01:00:00'
        and {{ instant }} < timestamp '{{ changes[1].isoformat() }} 01:00:00'
    )
{%- endmacro %}


{#- The reporting month and those before it, the latest first: a list of `month` (YYYY-MM), `start` and `end` (SQL of their
    instants). Each ends at the as-of instant where that is earlier.

    count   how many -#}
{% macro months_up_to(count) -%}
    {%- set months = [] -%}
    {%- set next = namespace(day=month_after()) -%}
    {%- for _ in range(count) -%}
        {%- set first = (next.day - modules.datetime.timedelta(days=1)).replace(day=1) -%}
        {%- do months.append({
            'month': first.strftime('%Y-%m'),
            'start': "timestamp '" ~ first.isoformat() ~ " 00:00:00'",
            'end': "least(timestamp '" ~ next.day.isoformat() ~ " 00:00:00', " ~ as_of() ~ ')',
        }) -%}
        {%- set next.day = first -%}
    {%- endfor -%}
    {%- do return(months) -%}
{%- endmacro %}


{#- The first instant of the month some months before the reporting month. -#}
{% macro month_start_before(count) -%}
    {%- set year, month = var('reporting_month').split('-') | map('int') -%}
    {%- set months = 12 * year + month - 1 - count -%}
    timestamp '{{ '%04d-%02d' % (months // 12, months % 12 + 1) }}-01 00:00:00'
{%- endmacro %}
