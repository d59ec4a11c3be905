-- Grain: one row per Working Day after the reporting month, up to the last one that anything is due on.
{%- set last_number = [var('deadline_working_days'), var('sec_deadline_working_days')] | max %}
with

bank_holidays as (

    select * from {{ ref('bank_holidays') }}

),

-- Two weeks of which no day is a Working Day are more than any calendar has.
days as (

    {% for offset in range(2 * last_number + 14) -%}
    {{ 'union all ' if not loop.first }}select {{ add_days("date '" ~ month_after().isoformat() ~ "'", offset) }} as day
    {% endfor %}

),

working_days as (

    select
        days.day,
        row_number() over (order by days.day) as working_day_number
    from days
    left join bank_holidays
        on days.day = bank_holidays.date
    where {{ iso_weekday('days.day') }} <= 5 and bank_holidays.date is null

),

final as (

    select
        day,
        cast(working_day_number as integer) as working_day_number
    from working_days
    where working_day_number <= {{ last_number }}

)

select * from final
