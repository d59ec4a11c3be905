-- Requirement 2: all failures by reason code with everything that they may have in common.
-- Grain: one row per recipient (party and role), business process, SRV, reason and combination of dimensions.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

figures as (

    select * from {{ ref('int_r2__srv_figures') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

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

failed as (

    select
        party_key,
        business_process_number,
        srv_key,
        credential_type,
        failure_reason_key,
        hub_profile_key,
        device_profile_key,
        region_key,
        cast(sum(request_count) as bigint) as failure_count
    from figures
    where
        not is_success
        and business_process_number is not null
    group by
        party_key,
        business_process_number,
        srv_key,
        credential_type,
        failure_reason_key,
        hub_profile_key,
        device_profile_key,
        region_key

),

totalled as (

    select
        failed.*,
        sum(failure_count) over (
            partition by party_key, business_process_number, srv_key, credential_type
        ) as srv_failure_count
    from failed

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        processes.business_process,
        {{ process_srv('srvs.srv', 'totalled.credential_type') }} as srv,
        response_codes.response_code as failure_reason_code,
        response_codes.response_description as failure_description,
        {{ published_signifiers() }},
        totalled.failure_count,
        {{ share('totalled.failure_count', 'cast(totalled.srv_failure_count as bigint)', 6) }} as share_of_failures
    from totalled
    inner join obligations
        on totalled.party_key = obligations.party_key
    inner join srvs
        on totalled.srv_key = srvs.srv_key
    inner join processes
        on totalled.business_process_number = processes.business_process_number
    inner join response_codes
        on totalled.failure_reason_key = response_codes.response_code_key
    {{ with_signifiers('totalled') }}

)

select * from final
