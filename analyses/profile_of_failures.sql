-- On what do the month's failures gather? Each value of each dimension with its failure rate beside that of all
-- requests of the SRV, for values with at least 100 requests, the most excess failures first.
-- Use: `dbt compile --select profile_of_failures`, then run what it wrote below target/compiled/ in the warehouse.
-- How to read it: excess_failure_count is how many failures fewer there would be at the SRV's own rate.
-- For the operator, across parties: not for publication.
with

requests as (

    select *
    from {{ ref('fct_service_requests') }}
    where is_counted and {{ in_reporting_month('started_at') }}

),

by_srv as (

    select
        srv,
        count(*) as request_count,
        count(*) filter (where outcome = 'Failure') as failure_count
    from requests
    group by srv

),

{% set dimensions = [
    'originator_party_id', 'region', 'smets_version', 'device_type', 'device_model', 'device_firmware_version',
    'ch_model', 'ch_firmware_version',
] -%}

by_value as (

    {% for dimension in dimensions -%}
    {{ 'union all' if not loop.first }}
    select
        srv,
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        count(*) as request_count,
        count(*) filter (where outcome = 'Failure') as failure_count
    from requests
    group by
        srv,
        {{ dimension }}
    {% endfor %}

),

final as (

    select
        by_value.srv,
        by_value.dimension,
        by_value.dimension_value,
        by_value.request_count,
        by_value.failure_count,
        round(by_value.failure_count / by_value.request_count, 4) as failure_rate,
        round(by_srv.failure_count / by_srv.request_count, 4) as srv_failure_rate,
        round(by_value.failure_count - by_value.request_count * by_srv.failure_count / by_srv.request_count, 1)
            as excess_failure_count
    from by_value
    inner join by_srv
        on by_value.srv = by_srv.srv
    where by_value.request_count >= 100

)

select * from final
where excess_failure_count > 0
order by
    excess_failure_count desc,
    srv asc,
    dimension asc,
    dimension_value asc
