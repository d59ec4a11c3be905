-- Grain: one row per party (in a role), alert code and combination of the codes that may explain a failure, of which
-- it was sent alerts in the month, suppressed ones left out.
with

{% set codes = [
    'alert_code_key', 'is_delivered', 'failure_reason_key', 'hub_profile_key', 'device_profile_key', 'region_key',
] -%}
{% set cell = ['party_key'] + codes -%}

alerts as {{ inlined() }} (

    select
        destination_key as party_key,
        {{ codes | join(',\n        ') }},
        delivery_time_ms
    from {{ ref('fct_alerts_coded') }}
    where
        not is_storm_suppressed
        and {{ in_reporting_month('alert_start_at') }}

),

-- By codes: each stands for one combination of words, so these are the published rows.
counted as (

    {{ counts_with_median('alerts', cell, 'delivery_time_ms') }}

),

final as (

    select
        {{ cell | join(',\n        ') }},
        row_count as alert_count,
        value_count as delivered_count,
        min_ms as delivery_min_ms,
        max_ms as delivery_max_ms,
        sum_ms as delivery_sum_ms,
        median_doubled_ms as delivery_median_doubled_ms
    from counted

)

select * from final
-- The mart of these rows keeps this order, and what is nearly sorted is exported in less time: of a million
-- alerts the sort costs 0.05 s of CPU here, and saves 0.15 s there.
order by
    party_key,
    alert_code_key
