-- Requirement 3: the recipient's own alerts of each code by every dimension that may explain a failure.
-- Grain: one row per recipient (party and role), alert code and combination of the dimensions.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'alerts'

),

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

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

{% set cell = [
    'recipient_key', 'alert_code_key', 'is_delivered', 'failure_reason_key', 'hub_profile_key', 'device_profile_key',
    'region_key',
] -%}

counts as (

    -- Counted per millisecond first: a median would keep every single value in memory.
    select
        {{ cell | join(',\n        ') }},
        delivery_time_ms,
        count(*) as alert_count
    from alerts
    where
        not is_suppressed
        and {{ in_reporting_month('alert_start_at') }}
    group by
        {{ cell | join(',\n        ') }},
        delivery_time_ms

),

running as (

    select
        counts.*,
        {{ running_count(cell, 'delivery_time_ms', 'alert_count') }} as running_count,
        {{ total_count(cell, 'alert_count') }} as total_count
    from counts

),

measured as (

    -- Grouped by codes: each stands for one combination of words, so these are the published rows.
    select
        {{ cell | join(',\n        ') }},
        cast(sum(alert_count) as bigint) as alert_count,
        min(delivery_time_ms) as delivery_min_ms,
        {{ median_doubled('delivery_time_ms', 'running_count', 'total_count') }} as delivery_median_doubled_ms,
        max(delivery_time_ms) as delivery_max_ms,
        cast(sum(delivery_time_ms * alert_count) as bigint) as delivery_sum_ms
    from running
    group by
        {{ cell | join(',\n        ') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        alert_codes.alert_code,
        case when measured.is_delivered then 'Delivered' else 'Failed' end as outcome,
        response_codes.response_code as failure_reason_code,
        hub_profiles.ch_manufacturer,
        hub_profiles.ch_model,
        device_profiles.ch_function,
        hub_profiles.ch_firmware_version,
        device_profiles.device_type,
        device_profiles.device_manufacturer,
        device_profiles.device_model,
        device_profiles.device_firmware_version,
        regions.region,
        device_profiles.smets_version,
        measured.alert_count,
        {{ seconds('measured.delivery_min_ms') }} as delivery_min_s,
        -- Delivered alerts are rows of their own, so every alert of the row has a delivery time or none has.
        {{ seconds(mean_whole('measured.delivery_sum_ms', 'measured.alert_count')) }} as delivery_mean_s,
        {{ seconds(mean_whole('measured.delivery_median_doubled_ms', '2')) }} as delivery_median_s,
        {{ seconds('measured.delivery_max_ms') }} as delivery_max_s,
        {{ seconds('measured.delivery_sum_ms') }} as delivery_sum_s
    from measured
    inner join obligations
        on measured.recipient_key = obligations.party_key
    inner join alert_codes
        on measured.alert_code_key = alert_codes.alert_code_key
    inner join regions
        on measured.region_key = regions.region_key
    inner join device_profiles
        on measured.device_profile_key = device_profiles.device_profile_key
    inner join hub_profiles
        on measured.hub_profile_key = hub_profiles.hub_profile_key
    left join response_codes
        on measured.failure_reason_key = response_codes.response_code_key
    where {{ is_reported_alert('obligations', 'alert_codes') }}

)

select * from final
order by
    party_id,
    role,
    alert_code
