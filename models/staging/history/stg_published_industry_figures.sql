-- Grain: one row per row of the published files of this month that carry industry figures.
with

published as (

    select * from {{ source('history', 'industry_figures') }}

),

final as (

    select
        report,
        file,
        reporting_month,
        party_id,
        role,
        business_process,
        srv,
        alert_code,
        cast(day as date) as day,
        device_type,
        region,
        smets_version,
        {{ without_apostrophe('device_manufacturer') }} as device_manufacturer,
        {{ without_apostrophe('device_model') }} as device_model,
        {{ without_apostrophe('firmware_version') }} as firmware_version,
        cast(device_count as bigint) as device_count,
        cast(own_volume as bigint) as own_volume,
        cast(own_success_rate as decimal(9, 6)) as own_success_rate,
        cast(own_mean_rtt_s as decimal(18, 3)) as own_mean_rtt_s,
        cast(own_mean_delivery_s as decimal(18, 3)) as own_mean_delivery_s,
        cast(own_measured as bigint) as own_measured,
        cast(own_best_s as decimal(18, 3)) as own_best_s,
        cast(own_worst_s as decimal(18, 3)) as own_worst_s,
        cast(own_mean_s as decimal(18, 3)) as own_mean_s,
        cast(own_median_s as decimal(18, 3)) as own_median_s,
        cast(own_rank as bigint) as own_rank,
        cast(ranked_parties as bigint) as ranked_parties,
        cast(rank as bigint) as rank,
        cast(success_rate as decimal(6, 3)) as success_rate,
        cast(newest_share as decimal(6, 3)) as newest_share,
        cast(is_recipient as boolean) as is_recipient,
        cast(industry_share as decimal(6, 3)) as industry_share,
        cast(industry_success_rate as decimal(6, 3)) as industry_success_rate,
        cast(industry_mean_rtt_s as decimal(18, 1)) as industry_mean_rtt_s,
        cast(industry_mean_delivery_s as decimal(18, 1)) as industry_mean_delivery_s,
        cast(industry_best_s as decimal(18, 1)) as industry_best_s,
        cast(industry_worst_s as decimal(18, 1)) as industry_worst_s,
        cast(industry_mean_s as decimal(18, 1)) as industry_mean_s,
        cast(industry_median_s as decimal(18, 1)) as industry_median_s,
        cast(industry_suppressed as boolean) as industry_suppressed
    from published

)

select * from final
