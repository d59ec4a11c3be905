-- Grain: one row per party (in a role), alert code and combination of the codes that may explain a failure, of which
-- it was sent alerts in the month, suppressed ones left out.
with

{% set cell = [
    'recipient_key', 'alert_code_key', 'is_delivered', 'failure_reason_key', 'hub_profile_key', 'device_profile_key',
    'region_key',
] -%}

alerts as {{ inlined() }} (

    select
        {{ cell | join(',\n        ') }},
        delivery_time_ms
    from {{ ref('fct_alerts_coded') }}
    where
        not is_suppressed
        and {{ in_reporting_month('alert_start_at') }}

),

counted as (

    -- By codes: each stands for one combination of words, so these are the published rows.
    select
        {{ cell | join(',\n        ') }},
        count(*) as alert_count,
        count(delivery_time_ms) as delivered_count,
        min(delivery_time_ms) as delivery_min_ms,
        max(delivery_time_ms) as delivery_max_ms,
        cast(sum(delivery_time_ms) as bigint) as delivery_sum_ms
    from alerts
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

    -- Sorted, and not `median`, which holds every value in memory and cannot spill: see int_r2__srv_figures.
    select
        numbered.cell_number,
        numbered.delivered_count,
        alerts.delivery_time_ms,
        row_number() over (
            partition by numbered.cell_number
            order by alerts.delivery_time_ms
        ) as place
    from alerts
    inner join numbered
        on {{ is_same_in('alerts', 'numbered', cell) }}
    where
        alerts.delivery_time_ms is not null
        -- Of one value or two the least and the greatest are the middle.
        and numbered.delivered_count > 2

),

medians as (

    select
        cell_number,
        {{ median_doubled_of_middle('delivery_time_ms') }} as delivery_median_doubled_ms
    from placed
    where {{ is_middle('place', 'delivered_count') }}
    group by cell_number

),

final as (

    select
        numbered.{{ cell | join(',\n        numbered.') }},
        numbered.alert_count,
        numbered.delivered_count,
        numbered.delivery_min_ms,
        numbered.delivery_max_ms,
        numbered.delivery_sum_ms,
        coalesce(medians.delivery_median_doubled_ms, numbered.delivery_min_ms + numbered.delivery_max_ms)
            as delivery_median_doubled_ms
    from numbered
    left join medians
        on numbered.cell_number = medians.cell_number

)

select * from final
-- The mart of these rows keeps this order: what is nearly sorted is exported in less time.
order by
    recipient_key,
    alert_code_key
