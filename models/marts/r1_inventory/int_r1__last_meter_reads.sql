-- Grain: one row per Device that was read, with the latest successful read of it up to month end.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

final as (

    select
        requests.device_key,
        max(requests.started_at) as last_meter_read_at
    from requests
    inner join srvs
        on requests.srv_key = srvs.srv_key and srvs.is_meter_read
    where
        requests.is_counted
        and requests.is_success
        and requests.device_key is not null
        and requests.started_at < {{ month_end() }}
    group by requests.device_key

)

select * from final
