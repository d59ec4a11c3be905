-- Grain: one row per family of what is counted once (Devices, alerts, registrations), segment, Device Type and
-- corporate group that it belongs to, over the period.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

device_spells as (

    select * from {{ ref('dim_device_spells') }}

),

registrations as {{ inlined() }} (

    select * from {{ ref('dim_registrations') }}

),

states as (

    select * from {{ ref('dim_device_states') }}

),

pairs as (

    select * from {{ ref('dim_table_4_pairs') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

requested as (

    select
        case pairs.srv when '2.2' then 'TR1:devices_2_2' else 'TR1:devices_6_23' end as family,
        requests.device_key,
        requests.region_key,
        requests.device_profile_key,
        requests.is_success,
        -- A Device is of the supplier of its own meter point, whatever a request names.
        {{ supplier_key_of_device('device_spells') }} as supplier_key
    from requests
    inner join pairs
        on
            requests.business_process_number = pairs.business_process_number
            and requests.srv_key = pairs.srv_key
            and (
                (pairs.srv = '2.2' and not {{ is_local_delivery('requests') }})
                or pairs.srv = '6.23'
            )
    left join device_spells
        on
            requests.device_key = device_spells.device_key
            and {{ valid_at('device_spells', 'requests.started_at') }}
    where
        {{ in_period('requests.started_at') }}
        and requests.device_key is not null

),

by_device as (

    -- While they are codes: many requests are to one Device.
    select
        family,
        device_key,
        region_key,
        device_profile_key,
        supplier_key,
        count(*) filter (where is_success) > 0 as is_success
    from requested
    group by
        family,
        device_key,
        region_key,
        device_profile_key,
        supplier_key

),

devices as (

    select
        by_device.family,
        cast(by_device.device_key as string) as counted_id,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        parties.corporate_group,
        by_device.is_success
    from by_device
    inner join regions
        on by_device.region_key = regions.region_key
    inner join device_profiles
        on by_device.device_profile_key = device_profiles.device_profile_key
    left join parties
        on by_device.supplier_key = parties.party_key

),

local_credits as (

    -- Credit that was added at the premises.
    select
        'PP1.1:810E' as family,
        alerts.alert_id as counted_id,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        parties.corporate_group,
        false as is_success
    from alerts
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key and alert_codes.alert_code = '810E'
    inner join regions
        on alerts.region_key = regions.region_key
    inner join device_profiles
        on alerts.device_profile_key = device_profiles.device_profile_key
    inner join parties
        on alerts.destination_key = parties.party_key
    where
        {{ in_period('alerts.alert_start_at') }}
        and not alerts.is_storm_suppressed

),

begun as (

    select distinct
        mpxn_key,
        role
    from registrations
    where
        role in ('IS', 'GS')
        and {{ in_period('cast(valid_from as timestamp)') }}

),

followed as (

    -- What was before, of the meter points that have a new period.
    select
        registrations.mpxn_key,
        registrations.role,
        registrations.supplier_party_id,
        registrations.supplier_key,
        cast(registrations.valid_from as timestamp) as begun_at,
        lag(registrations.supplier_party_id) over (
            partition by registrations.mpxn_key, registrations.role
            order by registrations.valid_from
        ) as supplier_party_id_before
    from registrations
    inner join begun
        on
            registrations.mpxn_key = begun.mpxn_key
            and registrations.role = begun.role

),

gained as (

    select *
    from followed
    where
        supplier_party_id != supplier_party_id_before
        and {{ in_period('begun_at') }}

),

meters as (

    -- Of several with one meter point any one stands for all: the smallest.
    select
        gained.mpxn_key,
        gained.role,
        gained.begun_at,
        states.device_type,
        states.smets_version,
        {{ region_of_device('states') }} as region,
        row_number() over (
            partition by gained.mpxn_key, gained.role, gained.begun_at
            order by states.device_key
        ) as place
    from gained
    inner join states
        on
            gained.mpxn_key = states.mpxn_key
            and {{ valid_at('states', 'gained.begun_at') }}
    where
        states.is_in_estate
        and states.device_type in ('ESME', 'GSME')

),

gains as (

    select
        'TR1:gains' as family,
        cast(gained.mpxn_key as string) || ' ' || gained.role || ' ' || cast(gained.begun_at as string) as counted_id,
        coalesce({{ segment_of('meters.region', 'meters.smets_version') }}, 'Unknown') as segment,
        coalesce(meters.device_type, 'Unknown') as device_type,
        parties.corporate_group,
        false as is_success
    from gained
    inner join parties
        on gained.supplier_key = parties.party_key
    left join meters
        on
            gained.mpxn_key = meters.mpxn_key
            and gained.role = meters.role
            and gained.begun_at = meters.begun_at
            and meters.place = 1

),

things as (

    select * from devices

    union all

    select * from local_credits

    union all

    select * from gains

),

belonging as (

    select
        family,
        counted_id,
        segment,
        device_type,
        corporate_group,
        count(*) filter (where is_success) > 0 as is_success
    from things
    group by
        family,
        counted_id,
        segment,
        device_type,
        corporate_group

),

counted as (

    -- In the figures it stands once, with the first of its groups.
    select
        belonging.*,
        row_number() over (
            partition by family, counted_id, segment, device_type
            order by corporate_group
        ) = 1 as is_first,
        count(case when is_success then 1 end) over (partition by family, counted_id, segment, device_type) > 0
            as is_ever_success
    from belonging

),

final as (

    select
        family,
        segment,
        device_type,
        corporate_group,
        {{ outcome_count_columns({
            'row_count': 'count(*) filter (where is_first)',
            'success_count': 'count(*) filter (where is_first and is_ever_success)',
            'failure_count': 'count(*) filter (where is_first and not is_ever_success)',
            'group_row_count': 'count(*)',
        }) }}
    from counted
    group by
        family,
        segment,
        device_type,
        corporate_group

)

select * from final
