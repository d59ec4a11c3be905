-- Grain: one row per Device, firmware version and request: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_firmware_distributions__landed') }}

),

final as (

    select
        recorded_at,
        device_key,
        firmware_version,
        transaction_id,
        requested_at,
        delivered_at,
        activated_at,
        result
    from outcomes
    where outcome = 'accepted'

)

select * from final
