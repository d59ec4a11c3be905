-- Grain: one row per family of figures of requests, segment, Device Type and corporate group of the sender, over the
-- requests of the period.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

process_srvs as (

    select * from {{ ref('pmr_processes') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

silences as (

    select * from {{ ref('dim_long_term_silences') }}

),

rescued_gains as (

    select * from {{ ref('int_rescued_gains') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

response_codes as (

    select * from {{ ref('dim_response_codes') }}

),

user_errors as (

    select * from {{ ref('response_code_user_errors') }}

),

pairs as (

    -- The SRVs of a measure, as codes.
    select
        measures.measure_id,
        processes.business_process_number,
        srvs.srv_key,
        process_srvs.smets1_applies
    from measures
    inner join process_srvs
        on
            measures.business_process = process_srvs.business_process
            and measures.srv in ('ALL', process_srvs.srv)
    inner join processes
        on process_srvs.business_process = processes.business_process
    inner join srvs
        on process_srvs.srv = srvs.srv
    where measures.measure_id in ('PP1', 'CoS1', 'B1')

),

of_period as (

    select
        case
            when pairs.measure_id = 'PP1' and {{ is_local_top_up('requests') }} then 'PP1.1:local'
            when pairs.measure_id = 'B1' and silences.device_key is not null then 'B1.1'
            else pairs.measure_id
        end as family,
        pairs.smets1_applies,
        requests.originator_key,
        requests.region_key,
        requests.device_profile_key,
        requests.is_response_received,
        requests.has_success_code,
        {{ is_pending('requests') }} as is_pending,
        rescued_gains.transaction_id is not null as is_rescued,
        case when pairs.measure_id = 'CoS1' then requests.failure_reason_key end as failure_reason_key
    from requests
    inner join pairs
        on
            requests.srv_key = pairs.srv_key
            and requests.business_process_number = pairs.business_process_number
    left join silences
        on
            case when pairs.measure_id = 'B1' then requests.device_key end = silences.device_key
            and {{ valid_at('silences', 'cast(requests.started_at as date)') }}
    left join rescued_gains
        on
            case when pairs.measure_id = 'CoS1' then requests.transaction_id end = rescued_gains.transaction_id
    where {{ in_period('requests.started_at') }}

),

coded as (

    select
        family,
        smets1_applies,
        originator_key,
        region_key,
        device_profile_key,
        is_response_received,
        has_success_code,
        is_pending,
        is_rescued,
        failure_reason_key,
        count(*) as request_count
    from of_period
    group by
        family,
        smets1_applies,
        originator_key,
        region_key,
        device_profile_key,
        is_response_received,
        has_success_code,
        is_pending,
        is_rescued,
        failure_reason_key

),

worded as (

    select
        coded.*,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        parties.corporate_group,
        not coded.is_pending and coalesce(user_errors.is_user_error, false) as is_user_error
    from coded
    inner join regions
        on coded.region_key = regions.region_key
    inner join device_profiles
        on coded.device_profile_key = device_profiles.device_profile_key
    inner join parties
        on coded.originator_key = parties.party_key
    left join response_codes
        on coded.failure_reason_key = response_codes.response_code_key
    left join user_errors
        on response_codes.response_code = user_errors.response_code

),

{% macro requests_that(condition) -%}
    coalesce(sum(request_count) filter (where {{ condition }}), 0)
{%- endmacro -%}

final as (

    select
        family,
        segment,
        device_type,
        corporate_group,
        {{ outcome_count_columns({
            'row_count': 'sum(request_count)',
            'pending_count': requests_that('is_pending'),
            'success_count': requests_that('is_response_received and has_success_code'),
            'failure_count': requests_that('is_response_received and not has_success_code'),
            'none_count': requests_that('not is_pending and not is_response_received'),
            'unresponded_success_count': requests_that('not is_response_received and has_success_code'),
            'rescued_count': requests_that('is_rescued'),
            'user_error_count': requests_that('is_user_error'),
            'group_row_count': 'sum(request_count)',
            'group_success_count': requests_that('is_response_received and has_success_code'),
        }) }}
    from worded
    where segment != 'SMETS1' or smets1_applies
    group by
        family,
        segment,
        device_type,
        corporate_group

)

select * from final
