-- Grain: one row per measure (and, of requests that do not count, report status) of the month.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

counted as (

    -- While they are codes: half of what it costs to count them by words.
    select
        command_variant,
        is_counted,
        report_status_id,
        count(*) as request_count
    from requests
    where {{ in_reporting_month('started_at') }}
    group by
        command_variant,
        is_counted,
        report_status_id

),

measured as (

    select
        case
            when command_variant = {{ var('transform_command_variant') }} then 'transforms'
            when is_counted then 'requests_counted'
            else 'requests_not_counted'
        end as measure,
        report_status_id,
        request_count
    from counted

),

final as (

    select
        measure,
        case when measure = 'requests_not_counted' then report_status_id end as report_status_id,
        cast(sum(request_count) as bigint) as request_count
    from measured
    group by
        measure,
        case when measure = 'requests_not_counted' then report_status_id end

)

select * from final
