-- Grain: one row per party (in a role), model of its estate and firmware version that it has of it, and one for `All
-- other` versions where others have some: the pool of the Devices on them in all parties' estates.
with

firmware_counts as (

    select * from {{ ref('int_r1__firmware_counts') }}

),

own_models as (

    select * from {{ ref('int_r1__model_counts') }}

),

by_group as (

    select
        role,
        device_type,
        manufacturer,
        model,
        firmware_version,
        corporate_group,
        cast(sum(device_count) as bigint) as device_count
    from {{ ref('int_r1__firmware_counts') }}
    group by
        role,
        device_type,
        manufacturer,
        model,
        firmware_version,
        corporate_group

),

seen_from_party as (

    -- Every version of a model that a party has, by group, and whether the party has the version itself.
    select
        own_models.party_key,
        own_models.role,
        own_models.device_type,
        own_models.manufacturer,
        own_models.model,
        firmware_counts.party_key is null as is_all_other,
        firmware_counts.firmware_version,
        coalesce(firmware_counts.device_count, 0) as own_count,
        by_group.corporate_group,
        by_group.device_count
    from own_models
    inner join by_group
        on
            own_models.role = by_group.role
            and own_models.device_type = by_group.device_type
            and own_models.manufacturer is not distinct from by_group.manufacturer
            and own_models.model is not distinct from by_group.model
    left join firmware_counts
        on
            own_models.party_key = firmware_counts.party_key
            and own_models.device_type = firmware_counts.device_type
            and own_models.manufacturer is not distinct from firmware_counts.manufacturer
            and own_models.model is not distinct from firmware_counts.model
            and by_group.firmware_version is not distinct from firmware_counts.firmware_version

),

{% set cell = ['party_key', 'role', 'device_type', 'manufacturer', 'model', 'is_all_other', 'firmware_version'] -%}

pooled as (

    select
        {{ cell | join(',\n        ') }},
        own_count,
        corporate_group,
        cast(sum(device_count) as bigint) as device_count
    from seen_from_party
    group by
        {{ cell | join(',\n        ') }},
        own_count,
        corporate_group

),

final as (

    select
        {{ cell | join(',\n        ') }},
        own_count,
        {{ disclosure_pool('device_count', 'devices') }}
    from pooled
    group by
        {{ cell | join(',\n        ') }},
        own_count

)

select * from final
