-- Grain: one row per published row of a role's report that keeps its industry figures: what is shown of the industry.
with

published as (

    select * from {{ ref('fct_published_industry_figures') }}

),

reports as (

    select * from {{ ref('int_restatement__reports') }}

),

own_versions as (

    -- The versions of a model that were listed for a recipient: `All other` are all but these.
    select
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model,
        {{ version_list('firmware_version') }} as other_than
    from {{ ref('fct_published_industry_figures') }}
    where
        report = 'inventory'
        and file = 'summary'
        and firmware_version is distinct from 'All other'
    group by
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model

),

final as (

    select
        published.report,
        published.file,
        published.party_id,
        published.role,
        published.business_process,
        published.srv,
        published.alert_code,
        published.day,
        published.device_type,
        published.region,
        published.smets_version,
        published.device_manufacturer,
        published.device_model,
        published.firmware_version,
        case when published.firmware_version = 'All other' then own_versions.other_than end as other_than,
        published.own_rank,
        published.ranked_parties,
        published.rank,
        published.success_rate,
        published.newest_share,
        published.is_recipient,
        published.industry_share,
        published.industry_success_rate,
        published.industry_mean_rtt_s,
        published.industry_mean_delivery_s,
        published.industry_best_s,
        published.industry_worst_s,
        published.industry_mean_s,
        published.industry_median_s,
        published.industry_suppressed
    from published
    inner join reports
        on
            published.report = reports.report
            and published.role = reports.role
            and reports.is_kept
    left join own_versions
        on
            published.file = 'summary'
            and published.party_id = own_versions.party_id
            and published.role = own_versions.role
            and published.device_type = own_versions.device_type
            and published.device_manufacturer is not distinct from own_versions.device_manufacturer
            and published.device_model is not distinct from own_versions.device_model

)

select * from final
