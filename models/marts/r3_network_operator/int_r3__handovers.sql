-- Grain: one row per alert of the month that tells a network operator of a new meter (N16), with what became of the
-- handover of its credentials (N42).
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'network_operator'

),

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

events as (

    select *
    from {{ ref('network_operator_alerts') }}
    where event in ('handover_start', 'handover_end')

),

received as (

    -- Of all dates, suppressed or not: a handover may end after the month.
    select
        alerts.destination_key as party_key,
        alerts.alert_id,
        alerts.alert_start_at,
        alerts.device_key,
        alerts.import_supplier_key,
        alerts.network_operator_key,
        events.event = 'handover_start' as is_start
    from alerts
    inner join obligations
        on alerts.destination_key = obligations.party_key
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key
    inner join events
        on
            alert_codes.alert_code = events.alert_code
            and coalesce(alerts.remote_party_role = events.remote_party_role, true)

),

followed as (

    select
        received.*,
        -- Ends go before starts of the same instant, so that only later ones follow.
        min(case when not is_start then alert_start_at end) over (
            partition by party_key, device_key
            order by alert_start_at, is_start
            rows between 1 following and unbounded following
        ) as next_end_at,
        alert_start_at + interval '{{ var("handover_hours") }}' hour as due_at
    from received

),

final as (

    select
        party_key,
        alert_id,
        alert_start_at,
        device_key,
        -- Who supplies a meter point is told to its operator only.
        case when network_operator_key = party_key then import_supplier_key end as import_supplier_key,
        case
            -- Without a Device nothing says that an end belongs to it.
            when device_key is not null and next_end_at <= due_at then 'met'
            when {{ as_of() }} > due_at then 'failed'
            else 'pending'
        end as handover_state
    from followed
    where
        is_start
        and {{ in_reporting_month('alert_start_at') }}

)

select * from final
