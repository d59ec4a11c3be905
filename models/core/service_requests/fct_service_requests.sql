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
        cast(coded.credential_type as varchar) as credential_type,
        coded.trt_s,
        coded.round_trip_time_ms,
        coded.round_trip_time_ms <= coded.trt_s * 1000 as is_within_target,
        regions.region,
        {{ device_id('coded.device_key') }} as device_id,
        device_profiles.device_type,
        device_profiles.device_manufacturer,
        device_profiles.device_model,
        device_profiles.device_firmware_version,
        device_profiles.smets_version,
        coalesce(coded.device_status, 'Unknown') as device_status,
        coalesce(coded.payment_mode, 'Unknown') as payment_mode,
        {{ device_id('coded.hub_key') }} as ch_device_id,
        hub_profiles.ch_manufacturer,
        hub_profiles.ch_model,
        device_profiles.ch_function,
        hub_profiles.ch_firmware_version,
        {{ mpxn('coded.mpxn_key') }} as mpxn,
        coalesce(import_suppliers.party_id, 'Unknown') as import_supplier_party_id,
        coalesce(export_suppliers.party_id, 'Unknown') as export_supplier_party_id,
        coalesce(gas_suppliers.party_id, 'Unknown') as gas_supplier_party_id,
        coalesce(network_operators.party_id, 'Unknown') as network_operator_party_id
    from coded
    inner join srvs
        on coded.srv_key = srvs.srv_key
    inner join parties as originators
        on coded.originator_key = originators.party_key
    inner join regions
        on coded.region_key = regions.region_key
    inner join device_profiles
        on coded.device_profile_key = device_profiles.device_profile_key
    inner join hub_profiles
        on coded.hub_profile_key = hub_profiles.hub_profile_key
    left join processes
        on coded.business_process_number = processes.business_process_number
    left join response_codes
        on coded.response_code_key = response_codes.response_code_key
    left join response_codes as failure_reasons
        on coded.failure_reason_key = failure_reasons.response_code_key
    left join parties as import_suppliers
        on coded.import_supplier_key = import_suppliers.party_key
    left join parties as export_suppliers
        on coded.export_supplier_key = export_suppliers.party_key
    left join parties as gas_suppliers
        on coded.gas_supplier_key = gas_suppliers.party_key
    left join parties as network_operators
        on coded.network_operator_key = network_operators.party_key

)

select * from final
