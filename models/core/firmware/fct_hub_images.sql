-- Grain: one row per distribution of a Communications Hub's own firmware image, with what became of it.
{%- set time_limit = whole_days(var('firmware_days')) %}
with

images as (

    select *
    from {{ ref('stg_firmware_distributions') }}
    where transaction_id is null

),

device_spells as (

    select * from {{ ref('dim_device_spells') }}

),

final as (

    select
        images.device_key,
        images.firmware_version,
        images.requested_at,
        images.delivered_at,
        {{ region_of_device('requested_spells') }} as requested_region,
        coalesce(requested_spells.device_profile_key, 0) as requested_profile_key,
        {{ timed_outcome('images.delivered_at', 'images.requested_at', time_limit) }} as delivery_outcome,
        case
            when images.delivered_at is not null then {{ region_of_device('delivered_spells') }}
        end as delivered_region,
        case
            when images.delivered_at is not null then coalesce(delivered_spells.device_profile_key, 0)
        end as delivered_profile_key,
        case
            when images.delivered_at is not null
                then {{ timed_outcome('images.activated_at', 'images.delivered_at', time_limit) }}
        end as activation_outcome
    from images
    left join device_spells as requested_spells
        on
            images.device_key = requested_spells.device_key
            and {{ valid_at('requested_spells', 'images.requested_at') }}
    left join device_spells as delivered_spells
        on
            images.device_key = delivered_spells.device_key
            and {{ valid_at('delivered_spells', 'images.delivered_at') }}

)

select * from final
