-- Grain: one row per slot that is looked at, feed, kind of subject, subject and measure with rows: how many there were,
-- as they were known when the slot ended.
with

until as (

    select * from {{ ref('int_watch_until') }}

),

files as (

    select * from {{ ref('stg_landing_loaded') }}

),

statuses as (

    select * from {{ ref('report_statuses') }}

),

{{ known_records('service_requests', 'started_at') }}

requests as (

    select
        requests.slot,
        requests.srv,
        requests.response_code,
        {{ region_of('requests') }} as region,
        {{ is_counted('requests', 'statuses') }} as is_counted,
        {{ is_counted('requests', 'statuses') }}
        and not (
            {{ is_response_received('requests', 'statuses') }}
            and coalesce({{ is_success_code('requests.response_code') }}, false)
        ) as is_failure
    from known_service_requests as requests
    inner join statuses
        on requests.report_status_id = statuses.report_status_id
    where requests.recency = 1

),

request_counts as (

    select
        slot,
        srv,
        response_code,
        region,
        count(*) as request_count,
        count(*) filter (where is_counted) as counted_count,
        count(*) filter (where is_failure) as failure_count
    from requests
    group by
        slot,
        srv,
        response_code,
        region

),

{{ known_records('alerts', 'raised_at') }}

alert_counts as (

    select
        slot,
        alert_code,
        {{ region_of('known_alerts') }} as region,
        count(*) as alert_count
    from known_alerts
    where recency = 1
    group by
        slot,
        alert_code,
        {{ region_of('known_alerts') }}

),

counted as (

    {% for kind, subject, measure, count in [
        ('feed', "'service_requests'", 'requests', 'request_count'),
        ('srv', 'srv', 'requests', 'counted_count'),
        ('srv', 'srv', 'failures', 'failure_count'),
        ('region', 'region', 'requests', 'counted_count'),
        ('region', 'region', 'failures', 'failure_count'),
        ('response_code', 'response_code', 'requests', 'counted_count'),
    ] -%}
    select
        slot,
        'service_requests' as feed,
        '{{ kind }}' as subject_kind,
        {{ subject }} as subject,
        '{{ measure }}' as measure,
        {{ count }} as subject_count
    from request_counts

    union all

    {% endfor -%}
    {% for kind, subject in [('feed', "'alerts'"), ('region', 'region'), ('alert_code', 'alert_code')] -%}
    select
        slot,
        'alerts' as feed,
        '{{ kind }}' as subject_kind,
        {{ subject }} as subject,
        'alerts' as measure,
        alert_count as subject_count
    from alert_counts
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        slot,
        feed,
        subject_kind,
        subject,
        measure,
        cast(sum(subject_count) as bigint) as row_count
    from counted
    where subject is not null
    group by
        slot,
        feed,
        subject_kind,
        subject,
        measure
    having sum(subject_count) > 0

)

select * from final
