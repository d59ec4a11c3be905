-- Grain: one row per Device and instant from which a state of it holds: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_device_inventory__landed') }}

),

final as (

    select
        device_key,
        extract_at,
        effective_at,
        operation,
        smart_metering_system_id,
        device_type,
        device_status,
        manufacturer,
        model,
        firmware_version,
        smets_version,
        chf_device_key,
        csp_region,
        s1sp,
        mpxn_key,
        export_mpan_key,
        postcode,
        commissioned_at,
        payment_mode,
        security_certificate_expires_on
    from outcomes
    where outcome = 'accepted'

)

select * from final
