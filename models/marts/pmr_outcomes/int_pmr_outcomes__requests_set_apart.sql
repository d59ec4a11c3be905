-- Grain: one row per family, segment, Device Type and corporate group of the sender, over the requests of the period
-- that the section tells apart: Meter Reads to long-term non-communicating Devices (B1.1), and of failed 6.23 (CoS1)
-- how many were rescued or the User's own error.
with

requests as {{ inlined() }} (

    select * from {{ ref('fct_service_requests_coded') }}

),

pairs as (

    select * from {{ ref('dim_table_4_pairs') }}

),

silences as (

    select * from {{ ref('dim_long_term_silences') }}

),

rescued_gains as (

    select * from {{ ref('int_rescued_gains') }}

),

response_codes as (

    select * from {{ ref('dim_response_codes') }}

),

user_errors as (

    select * from {{ ref('response_code_user_errors') }}

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

unheard_reads as (

    select
        'B1.1' as family,
        pairs.smets1_applies,
        requests.originator_key,
        requests.region_key,
        requests.device_profile_key,
        requests.is_response_received,
        requests.has_success_code,
        {{ is_pending('requests') }} as is_pending
    from requests
    inner join silences
        on
            requests.device_key = silences.device_key
            and {{ valid_at('silences', 'cast(requests.started_at as date)') }}
    inner join pairs
        on
            requests.business_process_number = pairs.business_process_number
            and requests.srv_key = pairs.srv_key
            and pairs.business_process = 'Meter Reads'
    where {{ in_period('requests.started_at') }}

),

failed_gains as (

    select
        'CoS1' as family,
        pairs.smets1_applies,
        requests.originator_key,
        requests.region_key,
        requests.device_profile_key,
        rescued_gains.transaction_id is not null as is_rescued,
        coalesce(user_errors.is_user_error, false) as is_user_error
    from requests
    inner join pairs
        on
            requests.business_process_number = pairs.business_process_number
            and requests.srv_key = pairs.srv_key
            and pairs.srv = '6.23'
    inner join response_codes
        on requests.failure_reason_key = response_codes.response_code_key
    left join user_errors
        on response_codes.response_code = user_errors.response_code
    left join rescued_gains
        on requests.transaction_id = rescued_gains.transaction_id
    where
        {{ in_period('requests.started_at') }}
        and not {{ is_pending('requests') }}

),

set_apart as (

    select
        family,
        smets1_applies,
        originator_key,
        region_key,
        device_profile_key,
        {{ outcome_count_columns({
            'row_count': 'count(*)',
            'pending_count': 'count(*) filter (where is_pending)',
            'success_count': 'count(*) filter (where is_response_received and has_success_code)',
            'failure_count': 'count(*) filter (where is_response_received and not has_success_code)',
            'none_count': 'count(*) filter (where not is_pending and not is_response_received)',
            'unresponded_success_count': 'count(*) filter (where not is_response_received and has_success_code)',
            'group_row_count': 'count(*)',
        }) }}
    from unheard_reads
    group by
        family,
        smets1_applies,
        originator_key,
        region_key,
        device_profile_key

    union all

    select
        family,
        smets1_applies,
        originator_key,
        region_key,
        device_profile_key,
        {{ outcome_count_columns({
            'rescued_count': 'count(*) filter (where is_rescued)',
            'user_error_count': 'count(*) filter (where is_user_error)',
        }) }}
    from failed_gains
    group by
        family,
        smets1_applies,
        originator_key,
        region_key,
        device_profile_key

),

worded as (

    select
        set_apart.family,
        set_apart.smets1_applies,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        parties.corporate_group,
        set_apart.{{ outcome_counts() | join(',\n        set_apart.') }}
    from set_apart
    inner join regions
        on set_apart.region_key = regions.region_key
    inner join device_profiles
        on set_apart.device_profile_key = device_profiles.device_profile_key
    inner join parties
        on set_apart.originator_key = parties.party_key

),

final as (

    select
        family,
        segment,
        device_type,
        corporate_group,
        {{ outcome_count_sums() }}
    from worded
    where {{ is_applicable('segment', 'smets1_applies') }}
    group by
        family,
        segment,
        device_type,
        corporate_group

)

select * from final
