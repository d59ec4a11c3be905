-- Grain: one row per incident of a hub installed without WAN, and segment that it is in.
with

incidents as (

    select *
    from {{ ref('fct_incidents') }}
    where related_transaction_id is not null

),

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

related as (

    -- Any request, whether it counts or not.
    select
        incidents.incident_id,
        incidents.raised_at,
        incidents.closed_at,
        incidents.closing_us,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment
    from incidents
    inner join requests
        on incidents.related_transaction_id = requests.transaction_id
    inner join srvs
        on requests.srv_key = srvs.srv_key
    inner join regions
        on requests.region_key = regions.region_key
    inner join device_profiles
        on requests.device_profile_key = device_profiles.device_profile_key
    where srvs.srv = '8.14.2'

),

final as (

    select
        incident_id,
        segment,
        raised_at,
        closed_at,
        closing_us
    from related

    union all

    select
        incident_id,
        'SMETS2' as segment,
        raised_at,
        closed_at,
        closing_us
    from related
    where segment != 'SMETS1'

)

select * from final
