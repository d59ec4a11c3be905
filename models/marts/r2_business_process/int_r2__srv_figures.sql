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

counted as (

    -- By codes: each stands for one combination of words, so these are the published rows.
    select
        {{ cell | join(',\n        ') }},
        count(*) as request_count,
        count(round_trip_time_ms) as measured_count,
        min(round_trip_time_ms) as rtt_min_ms,
        max(round_trip_time_ms) as rtt_max_ms,
        cast(sum(round_trip_time_ms) as bigint) as rtt_sum_ms
    from requests
    group by
        {{ cell | join(',\n        ') }}

),

numbered as (

    select
        counted.*,
        {{ any_row_number() }} as cell_number
    from counted

),

placed as (

    -- Sorted, and not `median`, which holds every value in memory and cannot spill: see the model's yml.
    select
        numbered.cell_number,
        numbered.measured_count,
        requests.round_trip_time_ms,
        row_number() over (
            partition by numbered.cell_number
            order by requests.round_trip_time_ms
        ) as place
    from requests
    inner join numbered
        on {{ is_same_in('requests', 'numbered', cell) }}
    where
        requests.round_trip_time_ms is not null
        -- Of one value or two the least and the greatest are the middle.
        and numbered.measured_count > 2

),

medians as (

    select
        cell_number,
        {{ median_doubled_of_middle('round_trip_time_ms') }} as rtt_median_doubled_ms
    from placed
    where {{ is_middle('place', 'measured_count') }}
    group by cell_number

),

final as (

    select
        numbered.{{ cell | join(',\n        numbered.') }},
        numbered.request_count,
        numbered.measured_count,
        numbered.rtt_min_ms,
        numbered.rtt_max_ms,
        numbered.rtt_sum_ms,
        coalesce(medians.rtt_median_doubled_ms, numbered.rtt_min_ms + numbered.rtt_max_ms) as rtt_median_doubled_ms
    from numbered
    left join medians
        on numbered.cell_number = medians.cell_number

)

select * from final
-- The mart of these rows keeps this order: what is nearly sorted is exported in less time.
order by
    originator_key,
    srv_key
