-- Grain: one row per role and alert code, or `ALL`, with delivered alerts: all parties' delivery times of the month.
with

alerts as (

    select * from {{ ref('int_r3__delivered_alerts') }}

),

ranges_by_code as (

    select * from {{ ref('int_r3__delivery_ranges') }}

),

final as (

    {{ industry_speeds(
        'alerts',
        'ranges_by_code',
        codes=['party_key', 'alert_code_key'],
        cell=['role', 'alert_code'],
        value='delivery_time_ms'
    ) }}

)

select * from final
