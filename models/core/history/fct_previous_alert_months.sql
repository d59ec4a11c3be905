-- Grain: one row per recipient and alert code, as published for the month before the reporting month.
with

alert_months as (

    select * from {{ ref('stg_previous_alert_months') }}

),

final as (

    select
        party_id,
        role,
        alert_code,
        own_volume,
        own_success_rate,
        {{ failures_by_rate('own_volume', 'own_success_rate') }} as own_failure_count
    from alert_months
    where reporting_month = '{{ month_before() }}'

)

select * from final
