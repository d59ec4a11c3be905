-- Grain: one row per role and report of which industry figures were published for this month: whether they stay.
with

published as (

    select * from {{ ref('fct_published_industry_figures') }}

),

published_reports as (

    select distinct
        report,
        role
    from {{ ref('fct_published_industry_figures') }}

),

recipients as (

    select * from {{ ref('fct_report_obligations') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

firmware_now as (

    select
        party_key,
        device_type,
        {{ without_apostrophe('manufacturer') }} as device_manufacturer,
        {{ without_apostrophe('model') }} as device_model,
        {{ without_apostrophe('firmware_version') }} as firmware_version,
        device_count
    from {{ ref('int_r1__firmware_counts') }}

),

request_days_now as (

    select
        party_key,
        business_process,
        srv,
        day,
        device_type,
        region,
        smets_version,
        request_count as own_volume,
        {{ share('success_count', 'request_count', 6) }} as own_success_rate,
        {{ seconds(mean_whole('rtt_sum_ms', 'measured_count')) }} as own_mean_rtt_s
    from {{ ref('int_r2__days') }} as request_days
    where {{ is_split_published('request_days') }}

),

round_trip_times_now as (

    select
        party_key,
        business_process,
        srv,
        measured_count as own_measured,
        {{ seconds('best_ms') }} as own_best_s,
        {{ seconds('worst_ms') }} as own_worst_s,
        {{ seconds(mean_whole('rtt_sum_ms', 'measured_count')) }} as own_mean_s,
        {{ seconds(mean_whole('median_doubled_ms', '2')) }} as own_median_s
    from {{ ref('int_r2__own_speeds') }}

),

alert_days_now as (

    select
        party_key,
        alert_code,
        day,
        alert_count as own_volume,
        {{ share('delivered_count', 'alert_count', 6) }} as own_success_rate,
        {{ seconds(mean_whole('delivery_sum_ms', 'delivered_count')) }} as own_mean_delivery_s
    from {{ ref('int_r3__own_days') }}

),

delivery_times_now as (

    select
        months.party_key,
        months.alert_code,
        months.delivered_count as own_measured,
        {{ seconds('speeds.best_ms') }} as own_best_s,
        {{ seconds('speeds.worst_ms') }} as own_worst_s,
        {{ seconds(mean_whole('months.delivery_sum_ms', 'months.delivered_count')) }} as own_mean_s,
        {{ seconds(mean_whole('speeds.median_doubled_ms', '2')) }} as own_median_s
    from {{ ref('int_r3__own_months') }} as months
    inner join {{ ref('int_r3__own_speeds') }} as speeds
        on
            months.party_key = speeds.party_key
            and months.alert_code = speeds.alert_code

),

{% set speeds = ['own_measured', 'own_best_s', 'own_worst_s', 'own_mean_s', 'own_median_s'] -%}

restated as (

    {{ restated_recipients(
        'inventory', 'summary', 'firmware_now',
        ['device_type', 'device_manufacturer', 'device_model', 'firmware_version', 'device_count'],
        'device_count'
    ) }}

    union

    {{ restated_recipients(
        'business_process', 'daily', 'request_days_now',
        ['business_process', 'srv', 'day', 'device_type', 'region', 'smets_version', 'own_volume', 'own_success_rate',
        'own_mean_rtt_s'],
        'own_volume'
    ) }}

    union

    {{ restated_recipients(
        'business_process', 'round_trip_time', 'round_trip_times_now', ['business_process', 'srv'] + speeds, 'own_measured'
    ) }}

    union

    {{ restated_recipients(
        'alerts', 'daily', 'alert_days_now',
        ['alert_code', 'day', 'own_volume', 'own_success_rate', 'own_mean_delivery_s'],
        'own_volume'
    ) }}

    union

    {{ restated_recipients(
        'alerts', 'delivery_time', 'delivery_times_now', ['alert_code'] + speeds, 'own_measured'
    ) }}

),

restated_groups as (

    select
        restated.report,
        restated.role,
        -- One that has left the register stands for itself.
        count(distinct coalesce(parties.corporate_group, restated.party_id)) as changed_group_count
    from restated
    left join parties
        on
            restated.party_id = parties.party_id
            and restated.role = parties.role
    group by
        restated.report,
        restated.role

),

final as (

    select
        published_reports.report,
        published_reports.role,
        coalesce(restated_groups.changed_group_count, 0) as changed_group_count,
        coalesce(restated_groups.changed_group_count between 1 and {{ var('minimum_groups') }} - 1, false) as is_kept
    from published_reports
    left join restated_groups
        on
            published_reports.report = restated_groups.report
            and published_reports.role = restated_groups.role

)

select * from final
