-- Grain: one row per headline figure of the month, of all parties together.
with

requests as (

    select is_success
    from {{ ref('fct_service_requests_coded') }}
    where
        is_counted
        and {{ in_reporting_month('started_at') }}

),

alerts as (

    select is_delivered
    from {{ ref('fct_alerts_coded') }}
    where
        not is_storm_suppressed
        and {{ in_reporting_month('alert_start_at') }}

),

devices as (

    select * from {{ ref('int_r1__month_end_devices') }}

),

request_totals as (

    select
        count(*) as request_count,
        count(*) filter (where is_success) as success_count
    from requests

),

alert_totals as (

    select
        count(*) as alert_count,
        count(*) filter (where is_delivered) as delivered_count
    from alerts

),

device_totals as (

    select count(*) as device_count
    from devices

),

headlines as (

    select
        1 as place,
        'requests_counted' as headline,
        request_count as figure_count,
        null as whole_count
    from request_totals
    union all
    select
        2 as place,
        'requests_successful' as headline,
        success_count as figure_count,
        request_count as whole_count
    from request_totals
    union all
    select
        3 as place,
        'alerts' as headline,
        alert_count as figure_count,
        null as whole_count
    from alert_totals
    union all
    select
        4 as place,
        'alerts_delivered' as headline,
        delivered_count as figure_count,
        alert_count as whole_count
    from alert_totals
    union all
    select
        5 as place,
        'devices_at_month_end' as headline,
        device_count as figure_count,
        null as whole_count
    from device_totals

),

final as (

    select
        cast(place as integer) as place,
        headline,
        cast(figure_count as bigint) as figure_count,
        {{ share('figure_count', 'whole_count', 4) }} as figure_share
    from headlines

)

select * from final
