-- Grain: one row per party (in a role), business process, SRV and Round Trip Time in milliseconds.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

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

coded as (

    -- Counted per millisecond first: a median keeps every value in memory, a month has 10^9.
    select
        originator_key,
        business_process_number,
        srv_key,
        credential_type,
        round_trip_time_ms,
        count(*) as request_count
    from requests
    where
        is_counted
        and business_process_number is not null
        and {{ is_measured('requests') }}
        and {{ in_reporting_month('started_at') }}
    group by
        originator_key,
        business_process_number,
        srv_key,
        credential_type,
        round_trip_time_ms

),

final as (

    select
        coded.originator_key as party_key,
        parties.role,
        processes.business_process,
        {{ process_srv('srvs.srv', 'coded.credential_type') }} as srv,
        coded.round_trip_time_ms,
        coded.request_count
    from coded
    inner join parties
        on coded.originator_key = parties.party_key
    inner join srvs
        on coded.srv_key = srvs.srv_key
    inner join processes
        on coded.business_process_number = processes.business_process_number

)

select * from final
