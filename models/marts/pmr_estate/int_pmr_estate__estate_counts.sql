-- Grain: one row per family of measures of the estate, segment, Device Type and corporate group (null for none): how
-- many rows it has, and what they are.
with

devices as (

    select * from {{ ref('int_pmr_estate__month_end_devices') }}

),

device_requests as (

    select * from {{ ref('int_pmr_estate__device_requests') }}

),

noise as (

    select * from {{ ref('int_pmr_estate__noise') }}

),

failure_alerts as (

    select * from {{ ref('int_pmr_estate__failure_alerts') }}

),

firmware_places as (

    select * from {{ ref('int_pmr_estate__firmware_places') }}

),

silences as (

    select device_key
    from {{ ref('dim_long_term_silences') }} as long_term_silences
    where {{ valid_at('long_term_silences', last_day_of_period()) }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

asked as (

    select
        devices.segment,
        devices.device_type,
        devices.supplier_key,
        count(*) as row_count,
        count(*) filter (where device_requests.is_responding) as responding,
        count(silences.device_key) as long_term
    from device_requests
    inner join devices
        on device_requests.device_key = devices.device_key
    left join silences
        on device_requests.device_key = silences.device_key
    where
        device_requests.is_asked_for_reads
        and devices.is_in_estate
        and devices.device_type in ('ESME', 'GSME')
    group by
        devices.segment,
        devices.device_type,
        devices.supplier_key

),

silent as (

    select
        coalesce(devices.segment, 'Unknown') as segment,
        coalesce(devices.device_type, 'Unknown') as device_type,
        devices.supplier_key,
        count(*) as row_count
    from device_requests
    left join devices
        on device_requests.device_key = devices.device_key
    where device_requests.is_silent
    group by
        coalesce(devices.segment, 'Unknown'),
        coalesce(devices.device_type, 'Unknown'),
        devices.supplier_key

),

by_profile as (

    -- While they are codes: millions of Devices have a few thousand profiles.
    select
        device_profile_key,
        device_type,
        supplier_key,
        count(*) as row_count
    from devices
    where
        is_in_estate
        and device_type in ('ESME', 'GSME', 'CHF')
    group by
        device_profile_key,
        device_type,
        supplier_key

),

counts as (

    select
        'EH1' as family,
        segment,
        device_type,
        supplier_key as party_key,
        row_count,
        {{ counted_in({'responding': 'responding', 'long_term': 'long_term'}) }}
    from asked

    union all

    select
        'EH2' as family,
        'ALL' as segment,
        by_profile.device_type,
        by_profile.supplier_key as party_key,
        by_profile.row_count,
        {{ counted_in(firmware_counts()) }}
    from by_profile
    inner join firmware_places
        on by_profile.device_profile_key = firmware_places.device_profile_key

    union all

    select
        'EH4:silent_devices' as family,
        segment,
        device_type,
        supplier_key as party_key,
        row_count,
        {{ counted_in({'devices': 'row_count'}) }}
    from silent

),

by_group as (

    select
        counts.family,
        counts.segment,
        counts.device_type,
        parties.corporate_group,
        counts.row_count,
        {{ columns_for(estate_counts(), 'counts.$') }}
    from counts
    left join parties
        on counts.party_key = parties.party_key

    union all

    select
        family,
        segment,
        device_type,
        corporate_group,
        row_count,
        {{ counted_in({'noisy': 'noisy_count', 'devices': 'row_count'}) }}
    from noise

    union all

    select
        family,
        segment,
        device_type,
        corporate_group,
        row_count,
        {{ counted_in({
            'alerts': "case family when 'EH3:alerts' then counted else 0 end",
            'devices': "case family when 'EH3:devices' then counted else 0 end",
        }) }}
    from failure_alerts

),

final as (

    select
        family,
        segment,
        device_type,
        corporate_group,
        cast(sum(row_count) as bigint) as row_count,
        {{ columns_for(estate_counts(), 'cast(sum($) as bigint) as $') }}
    from by_group
    group by
        family,
        segment,
        device_type,
        corporate_group

)

select * from final
