-- Grain: one row per party (in a role), SRV and combination of the codes that may explain a failure, of which it has
-- counted requests in the month.
with

{% set cell = [
    'originator_key', 'srv_key', 'business_process_number', 'credential_type', 'is_success', 'failure_reason_key',
    'hub_profile_key', 'device_profile_key', 'region_key', 'trt_s',
] -%}

requests as {{ inlined() }} (

    select
        {{ cell | join(',\n        ') }},
        round_trip_time_ms
    from {{ ref('fct_service_requests_coded') }}
    where
        is_counted
        and {{ in_reporting_month('started_at') }}

),

-- By codes: each stands for one combination of words, so these are the published rows.
counted as (

    {{ counts_with_median('requests', cell, 'round_trip_time_ms') }}

),

final as (

    select
        {{ cell | join(',\n        ') }},
        row_count as request_count,
        value_count as measured_count,
        min_ms as rtt_min_ms,
        max_ms as rtt_max_ms,
        sum_ms as rtt_sum_ms,
        median_doubled_ms as rtt_median_doubled_ms
    from counted

)

select * from final
-- The mart of these rows keeps this order: what is nearly sorted is exported in less time.
order by
    originator_key,
    srv_key
