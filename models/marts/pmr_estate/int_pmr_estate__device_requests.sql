-- Grain: one row per Device that was asked for meter reads in the period, or that answered none of very many requests.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

business_processes as (

    select * from {{ ref('business_processes') }}

),

by_device as (

    select
        requests.device_key,
        count(*) as request_count,
        count(*) filter (where requests.is_success) as success_count,
        count(business_processes.business_process_number) as read_count,
        count(business_processes.business_process_number) filter (where requests.is_success) as read_success_count
    from requests
    left join business_processes
        on
            requests.business_process_number = business_processes.business_process_number
            and business_processes.business_process = 'Meter Reads'
    where
        requests.is_counted
        and requests.device_key is not null
        and {{ in_period('requests.started_at') }}
    group by requests.device_key

),

final as (

    select
        device_key,
        read_count > 0 as is_asked_for_reads,
        read_success_count > 0 as is_responding,
        request_count > {{ var('silent_requests') }} and success_count = 0 as is_silent
    from by_device
    where
        read_count > 0
        or (request_count > {{ var('silent_requests') }} and success_count = 0)

)

select * from final
