-- Grain: one row per alert and recipient, every attribute in words.
with

coded as (

    select * from {{ ref('fct_alerts_coded') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

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
        coded.alert_id,
        coded.raised_at,
        coded.alert_start_at,
        coded.alert_end_at,
        alert_codes.alert_code,
        alert_codes.alert_name,
        recipients.party_id as recipient_party_id,
        recipients.role as recipient_role,
        coded.report_status_id,
        response_codes.response_code,
        coded.remote_party_role,
        coded.is_suppressed,
        coded.is_delivered,
        case when coded.is_delivered then 'Delivered' else 'Failed' end as outcome,
        failure_reasons.response_code as failure_reason_code,
        coded.delivery_time_ms,
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
    inner join alert_codes
        on coded.alert_code_key = alert_codes.alert_code_key
    inner join parties as recipients
        on coded.recipient_key = recipients.party_key
    inner join regions
        on coded.region_key = regions.region_key
    inner join device_profiles
        on coded.device_profile_key = device_profiles.device_profile_key
    inner join hub_profiles
        on coded.hub_profile_key = hub_profiles.hub_profile_key
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
