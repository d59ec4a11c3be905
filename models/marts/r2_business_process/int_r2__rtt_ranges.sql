-- Grain: one row per party (in a role), business process, SRV and range of Round Trip Times.
with

requests as (

    select * from {{ ref('int_r2__measured_requests') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

{% set codes = ['party_key', 'business_process_number', 'srv_key', 'credential_type'] -%}

coded as (

    {{ counts_by_range('requests', codes, 'round_trip_time_ms') }}

),

final as (

    select
        coded.party_key,
        parties.role,
        coded.business_process_number,
        processes.business_process,
        coded.srv_key,
        coded.credential_type,
        {{ process_srv('srvs.srv', 'coded.credential_type') }} as srv,
        coded.value_range,
        coded.value_count,
        coded.best_ms,
        coded.worst_ms
    from coded
    inner join parties
        on coded.party_key = parties.party_key
    inner join srvs
        on coded.srv_key = srvs.srv_key
    inner join processes
        on coded.business_process_number = processes.business_process_number

)

select * from final
