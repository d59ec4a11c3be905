-- Where did the month's requests go? From what was accepted to what stands in the published SRV files, step by step.
-- Use: `dbt compile --select reconcile_month`, then run what it wrote below target/compiled/ in the warehouse.
-- How to read it: each step is at most the one before it; the last two are equal, or a recipient was owed no report.
with

requests as (

    select
        started_at,
        is_counted,
        command_variant = {{ var('transform_command_variant') }} as is_transform
    from {{ ref('fct_service_requests_coded') }}

),

published as (

    select * from {{ ref('mart_r2__srv') }}

),

steps as (

    select
        count(*) as accepted_count,
        count(*) filter (where {{ in_reporting_month('started_at') }}) as in_month_count,
        count(*) filter (where {{ in_reporting_month('started_at') }} and not is_transform) as without_transforms_count,
        count(*) filter (where {{ in_reporting_month('started_at') }} and is_counted) as counted_count
    from requests

),

summed as (

    select coalesce(sum(request_count), 0) as published_count
    from published

),

final as (

    select
        1 as step,
        'accepted, of any month' as requests,
        accepted_count as request_count
    from steps

    union all

    select
        2 as step,
        'of the reporting month' as requests,
        in_month_count as request_count
    from steps

    union all

    select
        3 as step,
        'that are no transforms' as requests,
        without_transforms_count as request_count
    from steps

    union all

    select
        4 as step,
        'whose report status counts' as requests,
        counted_count as request_count
    from steps

    union all

    select
        5 as step,
        'in the published SRV files' as requests,
        published_count as request_count
    from summed

)

select * from final
order by step
