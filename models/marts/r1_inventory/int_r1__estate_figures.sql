-- Grain: one row per party (in a role) that can be owed an inventory report, Device Type that it has or `ALL`, and
-- measure.
with

product_counts as (

    select * from {{ ref('int_r1__product_counts') }}

),

central_products as (

    select * from {{ ref('dim_central_products') }}

),

newest_firmware as (

    select * from {{ ref('int_r1__newest_firmware') }}

),

device_types as (

    select * from {{ ref('device_types') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

entitlements as (

    select *
    from {{ ref('report_entitlements') }}
    where report = 'inventory'

),

products as (

    -- How it stands with each product, once for all its Devices.
    select
        product_counts.*,
        {{ product_ending('central_products') }} as product_ending,
        central_products.expires_on as product_ends_on,
        newest_firmware.newest_firmware_version is not null as has_newest,
        coalesce(product_counts.firmware_version, 'Unknown') = newest_firmware.newest_firmware_version as is_on_newest
    from product_counts
    inner join device_types
        on product_counts.device_type = device_types.device_type
    left join central_products
        on
            product_counts.device_type = central_products.device_type
            and product_counts.manufacturer = central_products.manufacturer
            and product_counts.model = central_products.model
            and product_counts.firmware_version = central_products.firmware_version
    left join newest_firmware
        on
            device_types.graph_device_type = newest_firmware.device_type
            and coalesce(product_counts.manufacturer, 'Unknown') = newest_firmware.manufacturer
            and coalesce(product_counts.model, 'Unknown') = newest_firmware.model

),

owed as (

    select
        parties.party_key,
        parties.role,
        parties.corporate_group
    from parties
    inner join entitlements
        on parties.role = entitlements.role

),

by_type as (

    -- A party without a Device has a row without a type.
    select
        owed.party_key,
        owed.role,
        owed.corporate_group,
        products.device_type,
        sum(products.device_count) as device_count,
        sum(products.commissioned_count) as commissioned_count,
        sum(products.device_count) filter (where products.has_newest) as with_newest_count,
        sum(products.device_count) filter (where products.is_on_newest) as on_newest_count,
        sum(products.device_count) filter (where {{ is_meter('products.device_type') }}) as meter_count,
        sum(products.unread_count) filter (where {{ is_meter('products.device_type') }}) as unread_count,
        sum(products.never_read_count) filter (where {{ is_meter('products.device_type') }}) as never_read_count,
        sum(products.payment_mode_count) as payment_mode_count,
        sum(products.prepayment_count) as prepayment_count,
        sum(products.device_count) filter (where products.product_ending = 'ended') as cpl_ended_count,
        sum(products.device_count) filter (where products.product_ending = 'ending') as cpl_ending_count,
        min(products.product_ends_on) filter (where products.product_ending = 'ended') as cpl_first_ended_on,
        min(products.product_ends_on) filter (where products.product_ending = 'ending') as cpl_first_ending_on,
        sum(products.certificate_ended_count) as certificate_ended_count,
        sum(products.certificate_ending_count) as certificate_ending_count,
        min(products.certificate_first_ended_on) as certificate_first_ended_on,
        min(products.certificate_first_ending_on) as certificate_first_ending_on
    from owed
    left join products
        on owed.party_key = products.party_key
    group by
        owed.party_key,
        owed.role,
        owed.corporate_group,
        products.device_type

),

{#- Each measure: its count, the count that it is a share of, and the first day of what ends. -#}
{%- set measures = {
    'devices': ('device_count', 'device_count', 'cast(null as date)'),
    'commissioned': ('commissioned_count', 'device_count', 'cast(null as date)'),
    'on_newest_firmware': ('on_newest_count', 'with_newest_count', 'cast(null as date)'),
    'no_read_in_30_days': ('unread_count', 'meter_count', 'cast(null as date)'),
    'never_read': ('never_read_count', 'meter_count', 'cast(null as date)'),
    'prepayment': ('prepayment_count', 'payment_mode_count', 'cast(null as date)'),
    'cpl_ended': ('cpl_ended_count', 'device_count', 'cpl_first_ended_on'),
    'cpl_ends_within_30_days': ('cpl_ending_count', 'device_count', 'cpl_first_ending_on'),
    'certificate_ended': ('certificate_ended_count', 'device_count', 'certificate_first_ended_on'),
    'certificate_ends_within_30_days': ('certificate_ending_count', 'device_count', 'certificate_first_ending_on'),
} -%}
{%- set of_reads = ['no_read_in_30_days', 'never_read'] %}

measured as (

    {% for measure, (count, whole, first_ends_on) in measures.items() -%}
    {{ 'union all' if not loop.first }}
    select
        party_key,
        role,
        corporate_group,
        device_type,
        '{{ measure }}' as measure,
        {{ count }} as device_count,
        {{ whole }} as of_count,
        {{ first_ends_on }} as first_ends_on
    from by_type
    {%- if measure in of_reads %}
    where {{ is_told_of_devices('role') }}
    {%- endif %}
    {% endfor %}

),

of_types as (

    select
        party_key,
        role,
        corporate_group,
        device_type,
        measure,
        cast(coalesce(device_count, 0) as bigint) as device_count,
        cast(coalesce(of_count, 0) as bigint) as of_count,
        first_ends_on
    from measured
    where
        device_type is not null
        and (
            measure not in ('{{ of_reads | join("', '") }}')
            or {{ is_meter('device_type') }}
        )

),

of_estates as (

    select
        party_key,
        role,
        corporate_group,
        'ALL' as device_type,
        measure,
        cast(coalesce(sum(device_count), 0) as bigint) as device_count,
        cast(coalesce(sum(of_count), 0) as bigint) as of_count,
        min(first_ends_on) as first_ends_on
    from measured
    group by
        party_key,
        role,
        corporate_group,
        measure

),

together as (

    select * from of_types

    union all

    select * from of_estates

),

final as (

    select
        party_key,
        role,
        corporate_group,
        device_type,
        measure,
        device_count,
        -- A type's Devices are a share of all Devices.
        case
            when measure = 'devices' then max(of_count) over (partition by party_key, measure)
            else of_count
        end as of_count,
        first_ends_on
    from together

)

select * from final
