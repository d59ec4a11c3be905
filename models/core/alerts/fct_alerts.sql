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
        destinations.party_id as destination_party_id,
        destinations.role as destination_role,
        coded.report_status_id,
        response_codes.response_code,
        coded.remote_party_role,
        coded.is_storm_suppressed,
        coded.is_delivered,
        case when coded.is_delivered then 'Delivered' else 'Failed' end as outcome,
        failure_reasons.response_code as failure_reason_code,
        coded.delivery_time_ms,
        {{ identified_signifiers('coded') }}
    from coded
    inner join alert_codes
        on coded.alert_code_key = alert_codes.alert_code_key
    inner join parties as destinations
        on coded.destination_key = destinations.party_key
    {{ with_signifiers('coded') }}
    left join response_codes
        on coded.response_code_key = response_codes.response_code_key
    left join response_codes as failure_reasons
        on coded.failure_reason_key = failure_reasons.response_code_key
    {{ with_responsible_parties('coded') }}

)

select * from final
