-- Grain: one row per Device that can be in an estate at the last instant of the reporting month.
with

device_states as (

    select * from {{ ref('dim_device_states') }}

),

final as (

    select
        device_key,
        smart_metering_system_id,
        device_type,
        device_status,
        manufacturer,
        model,
        firmware_version,
        smets_version,
        hub_key,
        csp_region,
        s1sp,
        mpxn_key,
        export_mpan_key,
        postcode,
        payment_mode,
        security_certificate_expires_on
    from device_states
    where
        is_in_estate
        and {{ valid_just_before('device_states', month_end()) }}

)

select * from final
