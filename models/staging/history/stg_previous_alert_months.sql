-- Grain: one row per recipient and alert code, as published for the month before.
with

published as (

    select * from {{ source('history', 'monthly') }}

),

final as (

    select
        reporting_month,
        party_id,
        role,
        alert_code,
        cast(own_volume as bigint) as own_volume,
        cast(own_success_rate as decimal(9, 6)) as own_success_rate
    from published

)

select * from final
