-- Grain: one row per party (in a role), Device Type as shown, manufacturer, model and firmware version of its estate.
with

product_counts as (

    select * from {{ ref('int_r1__product_counts') }}

),

device_types as (

    select * from {{ ref('device_types') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

final as (

    select
        product_counts.party_key,
        parties.role,
        parties.corporate_group,
        device_types.graph_device_type as device_type,
        coalesce(product_counts.manufacturer, 'Unknown') as manufacturer,
        coalesce(product_counts.model, 'Unknown') as model,
        coalesce(product_counts.firmware_version, 'Unknown') as firmware_version,
        cast(sum(product_counts.device_count) as bigint) as device_count
    from product_counts
    inner join parties
        on product_counts.party_key = parties.party_key
    inner join device_types
        on product_counts.device_type = device_types.device_type
    group by
        product_counts.party_key,
        parties.role,
        parties.corporate_group,
        device_types.graph_device_type,
        coalesce(product_counts.manufacturer, 'Unknown'),
        coalesce(product_counts.model, 'Unknown'),
        coalesce(product_counts.firmware_version, 'Unknown')

)

select * from final
