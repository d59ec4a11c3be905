-- Grain: one row per alert and recipient, low-cardinality attributes as integer codes.
with

alerts as {{ inlined() }} (

    select * from {{ ref('stg_alerts') }}

),

timings as {{ inlined() }} (

    select * from {{ ref('stg_power_outage_timings') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

response_codes as (

    select * from {{ ref('dim_response_codes') }}

),

failure_reasons as (

    select * from {{ ref('dim_response_codes') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

first_starts as (

    select min(raised_at) as alert_start_at
    from alerts

    union all

    select min(event_at) as alert_start_at
    from timings

),

device_spells as (

    -- What ended before the first alert began is found by none, as in fct_service_requests_coded.
    select *
    from {{ ref('dim_device_spells') }}
    where valid_to > (select min(first_starts.alert_start_at) from first_starts)

),

meter_points as (

    select * from {{ ref('dim_meter_point_spells') }}

),

timed as (

    -- The outage timing log knows better when an alert began and when it was taken.
    select
        alerts.*,
        alert_codes.alert_code_key,
        parties.party_key as destination_key,
        response_codes.response_code_key,
        coalesce(response_codes.is_success_code, false) as has_success_code,
        coalesce(timings.event_at, alerts.raised_at) as alert_start_at,
        coalesce(timings.acknowledged_at, alerts.delivered_at) as alert_end_at
    from alerts
    inner join alert_codes
        on alerts.alert_code = alert_codes.alert_code
    inner join parties
        on
            alerts.destination_party_id = parties.party_id
            and alerts.destination_role = parties.role
    left join timings
        on
            alerts.alert_id = timings.alert_id
            and alerts.destination_party_id = timings.destination_party_id
            and alerts.destination_role = timings.destination_role
    left join response_codes
        on alerts.response_code = response_codes.response_code

),

enriched as (

    select
        timed.*,
        {{ state_at_instant('timed') }}
    from timed
    {{ found_at_instant('timed', 'alert_start_at') }}

),

final as (

    select
        enriched.alert_id,
        enriched.raised_at,
        enriched.alert_start_at,
        enriched.alert_end_at,
        enriched.alert_code_key,
        enriched.destination_key,
        enriched.report_status_id,
        enriched.response_code_key,
        enriched.remote_party_role,
        enriched.suppressed as is_storm_suppressed,
        enriched.alert_end_at is not null as is_delivered,
        case
            when enriched.alert_end_at is not null
                then greatest(0, {{ duration_ms('enriched.alert_start_at', 'enriched.alert_end_at') }})
        end as delivery_time_ms,
        failure_reasons.response_code_key as failure_reason_key,
        {{ signifier_codes('enriched') }}
    from enriched
    inner join regions
        on enriched.region = regions.region
    left join failure_reasons
        on
            failure_reasons.response_code = case
                when enriched.alert_end_at is not null then null
                when enriched.response_code is not null and not enriched.has_success_code then enriched.response_code
                else 'NO_RESPONSE'
            end

)

select * from final
