-- Grain: one row per family of figures of firmware images, segment, Device Type and corporate group that the
-- rows belong to, over the period: who asked for the update (DF1.1), or the supplier of the Device (DF2).
with

updates as (

    select * from {{ ref('fct_firmware_updates') }}

),

hub_images as (

    select * from {{ ref('fct_hub_images') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

updated as (

    select
        updates.transaction_id,
        updates.hub_key,
        {{ segment_of('updates.region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        senders.corporate_group as sender_group,
        suppliers.corporate_group as supplier_group,
        updates.delivery_outcome,
        updates.verification_outcome,
        -- Of a hub: success if any of its Devices is, else pending if any is.
        min(
            case updates.delivery_outcome when 'success' then 1 when 'pending' then 2 when 'failure' then 3 else 4 end
        ) over (partition by updates.transaction_id, updates.hub_key) as hub_outcome_number
    from updates
    inner join device_profiles
        on updates.device_profile_key = device_profiles.device_profile_key
    left join parties as senders
        on updates.originator_key = senders.party_key
    left join parties as suppliers
        on updates.supplier_key = suppliers.party_key
    where {{ in_period('updates.update_at') }}

),

hubs as (

    select distinct
        transaction_id,
        hub_key,
        segment,
        device_type,
        sender_group as corporate_group,
        case hub_outcome_number
            when 1 then 'success'
            when 2 then 'pending'
            when 3 then 'failure'
            else 'none'
        end as outcome
    from updated
    where delivery_outcome is not null

),

outcomes as (

    select
        'DF1.1:devices' as family,
        segment,
        device_type,
        sender_group as corporate_group,
        delivery_outcome as outcome
    from updated
    where delivery_outcome is not null

    union all

    select
        'DF1.1:hubs' as family,
        segment,
        device_type,
        corporate_group,
        outcome
    from hubs

    union all

    select
        'DF2' as family,
        segment,
        device_type,
        supplier_group as corporate_group,
        verification_outcome as outcome
    from updated
    where verification_outcome is not null and segment != 'SMETS1'

    union all

    select
        'CHF1' as family,
        {{ segment_of('hub_images.requested_region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        cast(null as string) as corporate_group,
        hub_images.delivery_outcome as outcome
    from hub_images
    inner join device_profiles
        on hub_images.requested_profile_key = device_profiles.device_profile_key
    where {{ in_period('hub_images.requested_at') }}

    union all

    select
        'CHF2' as family,
        {{ segment_of('hub_images.delivered_region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        cast(null as string) as corporate_group,
        hub_images.activation_outcome as outcome
    from hub_images
    inner join device_profiles
        on hub_images.delivered_profile_key = device_profiles.device_profile_key
    where {{ in_period('hub_images.delivered_at') }}

),

final as (

    select
        family,
        segment,
        device_type,
        corporate_group,
        {{ outcome_count_columns(counts_of_outcome('outcome')) }}
    from outcomes
    group by
        family,
        segment,
        device_type,
        corporate_group

)

select * from final
