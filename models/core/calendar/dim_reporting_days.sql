-- Grain: one row per day of the reporting month.
{%- set year, month = var('reporting_month').split('-') | map('int') %}
{%- set first = modules.datetime.date(year, month, 1) %}
{%- set after = modules.datetime.date(year + month // 12, month % 12 + 1, 1) %}
with

final as (

    {% for offset in range((after - first).days) -%}
    {{ 'union all ' if not loop.first }}select {{ add_days(first_day(), offset) }} as day
    {% endfor %}

)

select * from final
