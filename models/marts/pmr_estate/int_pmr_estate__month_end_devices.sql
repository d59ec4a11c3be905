-- Grain: one row per Device that the inventory knows at the end of the period, in an estate or not.
with

device_spells as (

    select * from {{ ref('dim_device_spells') }}

),

statuses as (

    select * from {{ ref('device_statuses') }}

),

final as (

    select
        device_spells.device_key,
        device_spells.device_profile_key,
        device_spells.device_type,
        {{ segment_of(region_of_device('device_spells'), 'device_spells.smets_version') }} as segment,
        statuses.is_in_estate,
        {{ supplier_key_of_device('device_spells') }} as supplier_key
    from device_spells
    inner join statuses
        on device_spells.device_status = statuses.device_status
    where {{ valid_just_before('device_spells', period_end()) }}

)

select * from final
