-- Grain: one row per corporate group of the recipient, alert code, segment and Device Type, of the alerts that start in
-- the period: what became of them.
with

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

judged as (

    select
        destination_key,
        alert_code_key,
        region_key,
        device_profile_key,
        {{ alert_outcome('alerts') }} as outcome,
        coalesce({{ is_delivered_within_target('alerts') }}, false) as is_in_time
    from alerts
    where {{ in_period('alert_start_at') }}

),

coded as (

    -- While they are codes: by words later.
    select
        destination_key,
        alert_code_key,
        region_key,
        device_profile_key,
        outcome,
        is_in_time,
        count(*) as alert_count
    from judged
    group by
        destination_key,
        alert_code_key,
        region_key,
        device_profile_key,
        outcome,
        is_in_time

),

final as (

    select
        parties.corporate_group,
        alert_codes.alert_code,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        {{ counts_by_alert_outcome() }}
    from coded
    inner join parties
        on coded.destination_key = parties.party_key
    inner join alert_codes
        on coded.alert_code_key = alert_codes.alert_code_key
    inner join regions
        on coded.region_key = regions.region_key
    inner join device_profiles
        on coded.device_profile_key = device_profiles.device_profile_key
    group by
        parties.corporate_group,
        alert_codes.alert_code,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }},
        device_profiles.device_type

)

select * from final
