-- Grain: one row per party (in a role), business process, SRV and range of Round Trip Times.
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

    select
        originator_key,
        business_process_number,
        srv_key,
        credential_type,
        {{ value_range('round_trip_time_ms') }} as value_range,
        count(*) as request_count,
        min(round_trip_time_ms) as best_ms,
        max(round_trip_time_ms) as worst_ms,
        cast(sum(round_trip_time_ms) as bigint) as rtt_sum_ms
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
        {{ value_range('round_trip_time_ms') }}

),

final as (

    select
        coded.originator_key as party_key,
        parties.role,
        coded.business_process_number,
        processes.business_process,
        coded.srv_key,
        coded.credential_type,
        {{ process_srv('srvs.srv', 'coded.credential_type') }} as srv,
        coded.value_range,
        coded.request_count,
        coded.best_ms,
        coded.worst_ms,
        coded.rtt_sum_ms
    from coded
    inner join parties
        on coded.originator_key = parties.party_key
    inner join srvs
        on coded.srv_key = srvs.srv_key
    inner join processes
        on coded.business_process_number = processes.business_process_number

)

select * from final
