-- Grain: one row per party (in a role), business process and SRV or `ALL` with measured requests.
with

requests as (

    select * from {{ ref('int_r2__measured_requests') }}

),

ranges_by_srv as (

    select * from {{ ref('int_r2__rtt_ranges') }}

),

final as (

    {{ own_speeds(
        'requests',
        'ranges_by_srv',
        codes=['party_key', 'business_process_number', 'srv_key', 'credential_type'],
        cell=['party_key', 'business_process', 'srv'],
        value='round_trip_time_ms'
    ) }}

)

select * from final
