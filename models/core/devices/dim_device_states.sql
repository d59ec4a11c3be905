-- Grain: one row per Device and spell of one state of its own, as the inventory gave it.
with

increments as (

    select * from {{ ref('stg_device_inventory') }}

),

statuses as (

    select * from {{ ref('device_statuses') }}

),

states as (

    select
        increments.*,
        coalesce(
            lead(effective_at) over (
                partition by device_key
                order by effective_at
            ),
            {{ open_end() }}
        ) as valid_to
    from increments

),

final as (

    select
        states.device_key,
        states.effective_at as valid_from,
        states.valid_to,
        states.smart_metering_system_id,
        states.device_type,
        states.device_status,
        states.manufacturer,
        states.model,
        states.firmware_version,
        states.smets_version,
        -- A Communications Hub is its own.
        case when states.device_type = 'CHF' then states.device_key else states.chf_device_key end as hub_key,
        states.csp_region,
        states.s1sp,
        states.mpxn_key,
        states.export_mpan_key,
        states.postcode,
        states.commissioned_at,
        states.payment_mode,
        states.security_certificate_expires_on,
        statuses.is_in_estate
    from states
    inner join statuses
        on states.device_status = statuses.device_status
    where states.operation = 'upsert'

)

select * from final
