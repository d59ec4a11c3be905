-- Grain: one row per failed change of supplier (6.23) of the reporting month that was rescued: the same User had a
-- Success of another SRV of that process from the Device later on that day.
with

requests as {{ inlined() }} (

    select * from {{ ref('fct_service_requests_coded') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

process_srvs as (

    select * from {{ ref('pmr_processes') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

gain_srvs as (

    -- The SRV that makes a change of supplier, and those that stand beside it in its process.
    select
        srvs.srv_key,
        srvs.is_gain_trigger
    from process_srvs
    inner join processes
        on process_srvs.business_process = processes.business_process
    inner join srvs
        on process_srvs.srv = srvs.srv
    where processes.applies_on = 'gain_day'

),

failed as (

    select
        requests.transaction_id,
        requests.originator_key,
        requests.device_key,
        requests.started_at
    from requests
    inner join gain_srvs
        on requests.srv_key = gain_srvs.srv_key and gain_srvs.is_gain_trigger
    where
        requests.is_counted
        and not requests.is_success
        and not {{ is_pending('requests') }}
        and requests.device_key is not null
        and {{ in_reporting_month('requests.started_at') }}

),

last_successes as (

    -- One row per User, Device and day: the latest decides.
    select
        requests.originator_key,
        requests.device_key,
        cast(requests.started_at as date) as day,
        max(requests.started_at) as started_at
    from requests
    inner join gain_srvs
        on requests.srv_key = gain_srvs.srv_key and not gain_srvs.is_gain_trigger
    where
        requests.is_counted
        and requests.is_success
        and requests.device_key is not null
        and {{ in_reporting_month('requests.started_at') }}
    group by
        requests.originator_key,
        requests.device_key,
        cast(requests.started_at as date)

),

final as (

    select failed.transaction_id
    from failed
    inner join last_successes
        on
            failed.originator_key = last_successes.originator_key
            and failed.device_key = last_successes.device_key
            and cast(failed.started_at as date) = last_successes.day
            and failed.started_at < last_successes.started_at

)

select * from final
