-- Grain: one row per service request (its last state), low-cardinality attributes as integer codes.
with

requests as {{ inlined() }} (

    select * from {{ ref('stg_service_requests') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

statuses as (

    select * from {{ ref('report_statuses') }}

),

response_codes as (

    select * from {{ ref('dim_response_codes') }}

),

failure_reasons as (

    select * from {{ ref('dim_response_codes') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

modes as (

    select * from {{ ref('modes_of_operation') }}

),

target_response_times as (

    select * from {{ ref('target_response_times') }}

),

target_response_time_exceptions as (

    select * from {{ ref('target_response_time_exceptions') }}

),

device_spells as (

    -- What ended before the first request is found by none; with it, 6 million requests of a month of 100 million
    -- took 24 CPU seconds instead of 16.
    select *
    from {{ ref('dim_device_spells') }}
    where valid_to > (select min(requests.started_at) from requests)

),

meter_points as (

    select * from {{ ref('dim_meter_point_spells') }}

),

commissioning_days as (

    select * from {{ ref('int_commissioning_days') }}

),

gain_days as (

    select * from {{ ref('int_gain_days') }}

),

credential_types as (

    select * from {{ ref('int_credential_types') }}

),

judged as (

    -- What the request itself says.
    select
        requests.*,
        srvs.srv_key,
        srvs.commissioning_day_process_number,
        srvs.gain_day_process_number,
        srvs.any_day_process_number,
        parties.party_key as originator_key,
        response_codes.response_code_key,
        {{ is_counted('requests', 'statuses') }} as is_counted,
        {{ is_response_received('requests', 'statuses') }} as is_response_received,
        not {{ is_response_received('requests', 'statuses') }}
        and statuses.is_response_received as may_still_be_answered,
        coalesce(response_codes.is_success_code, false) as has_success_code,
        coalesce(response_codes.is_delivery_failure_code, false) as has_delivery_failure_code,
        coalesce(target_response_times.trt_s, modes.default_trt_s) as usual_trt_s,
        coalesce(requests.execution_at, requests.started_at) as run_from,
        case when srvs.is_sent_in_pairs then requests.transaction_id end as paired_transaction_id
    from requests
    inner join srvs
        on requests.srv = srvs.srv
    inner join parties
        on
            requests.originator_party_id = parties.party_id
            and requests.originator_role = parties.role
    inner join statuses
        on requests.report_status_id = statuses.report_status_id
    inner join modes
        on requests.mode_of_operation = modes.mode_of_operation
    left join response_codes
        on requests.response_code = response_codes.response_code
    left join target_response_times
        on
            requests.srv = target_response_times.srv
            and requests.mode_of_operation = target_response_times.mode_of_operation

),

enriched as (

    -- What its Device, hub and meter point were at that instant.
    select
        judged.*,
        coalesce(target_response_time_exceptions.trt_s, judged.usual_trt_s) as trt_s,
        {{ state_at_instant('judged') }}
    from judged
    {{ found_at_instant('judged', 'started_at') }}
    left join target_response_time_exceptions
        on
            judged.srv = target_response_time_exceptions.srv
            and device_spells.smets_version = target_response_time_exceptions.smets_version

),

classified as (

    -- The business process it was part of.
    select
        enriched.*,
        case
            when not enriched.is_counted then null
            when commissioning_days.device_key is not null then enriched.commissioning_day_process_number
            when gain_days.device_key is not null then enriched.gain_day_process_number
            else enriched.any_day_process_number
        end as business_process_number,
        credential_types.credential_type
    from enriched
    left join commissioning_days
        on
            case when enriched.commissioning_day_process_number is not null then enriched.device_key end
            = commissioning_days.device_key
            and cast(enriched.started_at as date) = commissioning_days.commissioned_on
    left join gain_days
        on
            case when enriched.gain_day_process_number is not null then enriched.device_key end
            = gain_days.device_key
            and enriched.originator_party_id = gain_days.originator_party_id
            and enriched.originator_role = gain_days.originator_role
            and cast(enriched.started_at as date) = gain_days.gained_on
    left join credential_types
        on enriched.paired_transaction_id = credential_types.transaction_id

),

final as (

    select
        classified.transaction_id,
        classified.started_at,
        classified.execution_at,
        classified.ended_at,
        case
            when classified.may_still_be_answered
                then {{ add_ms(
                    'classified.run_from',
                    'classified.trt_s * cast(1000 as bigint) + least(coalesce(classified.sla_exclusion_ms, 0), '
                    ~ longest_wait_ms() ~ ')'
                ) }}
        end as answer_due_at,
        classified.southbound_ms,
        classified.northbound_ms,
        classified.srv_key,
        classified.command_variant,
        classified.mode_of_operation,
        classified.originator_key,
        classified.report_status_id,
        classified.response_code_key,
        classified.is_counted,
        classified.is_response_received,
        classified.may_still_be_answered,
        classified.has_success_code,
        classified.is_response_received and classified.has_success_code as is_success,
        not classified.is_response_received or classified.has_delivery_failure_code as is_delivery_failure,
        failure_reasons.response_code_key as failure_reason_key,
        cast(classified.business_process_number as tinyint) as business_process_number,
        classified.credential_type,
        cast(classified.trt_s as integer) as trt_s,
        case
            when classified.is_response_received
                then
                    -- The exclusion can be the greatest number of its type: nothing below zero is left to take it from.
                    greatest(
                        0,
                        greatest(0, {{ duration_ms('classified.run_from', 'classified.ended_at') }})
                        - coalesce(classified.sla_exclusion_ms, 0)
                    )
        end as round_trip_time_ms,
        {{ signifier_codes('classified') }}
    from classified
    inner join regions
        on classified.region = regions.region
    left join failure_reasons
        on
            failure_reasons.response_code = case
                when classified.is_response_received and classified.has_success_code then null
                when classified.response_code is not null and not classified.has_success_code
                    then classified.response_code
                when classified.is_response_received then 'NO_CODE'
                else 'NO_RESPONSE'
            end

)

select * from final
