-- Grain: one row per measure (and, of requests that do not count, report status) of the month.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

measured as (

    select
        case
            when command_variant = {{ var('transform_command_variant') }} then 'transforms'
            when is_counted then 'requests_counted'
            else 'requests_not_counted'
        end as measure,
        report_status_id
    from requests
    where {{ in_reporting_month('started_at') }}

),

final as (

    select
        measure,
        case when measure = 'requests_not_counted' then report_status_id end as report_status_id,
        count(*) as request_count
    from measured
    group by 1, 2

)

select * from final
