-- Grain: one row per service request (its last state), every attribute in words.
with

coded as (

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

response_codes as (

    select * from {{ ref('dim_response_codes') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

hub_profiles as (

    select * from {{ ref('dim_hub_profiles') }}

),

final as (

    select
        coded.transaction_id,
        coded.started_at,
        coded.ended_at,
        srvs.srv,
        coded.command_variant,
        coded.mode_of_operation,
        originators.party_id as originator_party_id,
        originators.role as originator_role,
        coded.report_status_id,
        response_codes.response_code,
        coded.is_counted,
        coded.is_response_received,
        coded.has_success_code,
        case when coded.is_response_received then 'Response received' else 'No response received' end
        || case when coded.has_success_code then ', success code' else ', no success code' end as response_category,
        case when coded.is_success then 'Success' else 'Failure' end as outcome,
        failure_reasons.response_code as failure_reason_code,
        coded.is_delivery_failure,
        processes.business_process,
        cast(coded.credential_type as string) as credential_type,
        coded.trt_s,
        coded.round_trip_time_ms,
        {{ is_answered_within_target('coded') }} as is_within_target,
        {{ identified_signifiers('coded') }}
    from coded
    inner join srvs
        on coded.srv_key = srvs.srv_key
    inner join parties as originators
        on coded.originator_key = originators.party_key
    {{ with_signifiers('coded') }}
    left join processes
        on coded.business_process_number = processes.business_process_number
    left join response_codes
        on coded.response_code_key = response_codes.response_code_key
    left join response_codes as failure_reasons
        on coded.failure_reason_key = failure_reasons.response_code_key
    {{ with_responsible_parties('coded') }}

)

select * from final
