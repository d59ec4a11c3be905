-- Grain: one row per day of the reporting month.
{%- set day_count = (month_after() - modules.datetime.timedelta(days=1)).day %}
with

final as (

    {% for offset in range(day_count) -%}
    {{ 'union all ' if not loop.first }}select {{ add_days(first_day(), offset) }} as day
    {% endfor %}

)

select * from final
