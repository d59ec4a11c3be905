-- Grain: one row per Device profile of an ESME, GSME or CHF: where its firmware stands on the Central Products List.
with

device_profiles as (

    select *
    from {{ ref('dim_device_profiles') }}
    where device_type in ('ESME', 'GSME', 'CHF')

),

central_products as (

    select * from {{ ref('dim_central_products') }}

),

current_versions as (

    -- The greatest as text is the newest.
    select
        device_type,
        manufacturer,
        model,
        firmware_version,
        row_number() over (
            partition by device_type, manufacturer, model
            order by firmware_version desc
        ) as place
    from central_products
    where status = 'Current'

),

final as (

    select
        device_profiles.device_profile_key,
        case
            when current_versions.place = 1 then 'current'
            when current_versions.place = 2 then 'one_below'
            when current_versions.place = 3 then 'two_below'
            when central_products.firmware_version is not null then 'older'
            else 'not_listed'
        end as firmware_place
    from device_profiles
    left join central_products
        on
            device_profiles.device_type = central_products.device_type
            and device_profiles.device_manufacturer = central_products.manufacturer
            and device_profiles.device_model = central_products.model
            and device_profiles.device_firmware_version = central_products.firmware_version
    left join current_versions
        on
            central_products.device_type = current_versions.device_type
            and central_products.manufacturer = current_versions.manufacturer
            and central_products.model = current_versions.model
            and central_products.firmware_version = current_versions.firmware_version

)

select * from final
