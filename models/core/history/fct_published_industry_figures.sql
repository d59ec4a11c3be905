-- Grain: one row per row of the files that carry industry figures, as published for this reporting month.
with

figures as (

    select * from {{ ref('stg_published_industry_figures') }}

),

final as (

    select
        report,
        file,
        party_id,
        role,
        business_process,
        srv,
        alert_code,
        day,
        device_type,
        region,
        smets_version,
        device_manufacturer,
        device_model,
        firmware_version,
        device_count,
        own_volume,
        own_success_rate,
        own_mean_rtt_s,
        own_mean_delivery_s,
        own_measured,
        own_best_s,
        own_worst_s,
        own_mean_s,
        own_median_s,
        own_rank,
        ranked_parties,
        rank,
        success_rate,
        newest_share,
        is_recipient,
        industry_share,
        industry_success_rate,
        industry_mean_rtt_s,
        industry_mean_delivery_s,
        industry_best_s,
        industry_worst_s,
        industry_mean_s,
        industry_median_s,
        industry_suppressed
    from figures
    where reporting_month = '{{ var("reporting_month") }}'

)

select * from final
