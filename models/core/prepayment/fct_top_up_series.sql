-- Grain: one row per series of top-ups that began in the reporting month or later: the tries of one User (party and
-- role) at one Device until one ends well or a long pause follows.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

tries as (

    -- A pause before the month is enough to see which of its tries go on with a series that began earlier.
    select
        requests.transaction_id,
        requests.started_at,
        requests.originator_key,
        requests.device_key,
        requests.region_key,
        requests.device_profile_key,
        requests.is_success,
        {{ is_pending('requests') }} as is_pending
    from requests
    inner join srvs
        on requests.srv_key = srvs.srv_key
    inner join processes
        on requests.business_process_number = processes.business_process_number
    inner join measures
        on
            srvs.srv = measures.srv
            and processes.business_process = measures.business_process
            and measures.measure_id = 'PP1'
    where
        not {{ is_local_delivery('requests') }}
        and requests.started_at >= {{ month_start() }} - interval '{{ var("top_up_gap_hours") }}' hour

),

begun as (

    -- A new series: at the first try, after a Success, and after a pause of more than var top_up_gap_hours. Nobody can
    -- say which tries without a Device belong together.
    select
        tries.*,
        coalesce(
            device_key is null
            or lag(is_success) over tries_of_device
            or started_at > lag(started_at) over tries_of_device + interval '{{ var("top_up_gap_hours") }}' hour,
            true
        ) as is_first
    from tries
    window tries_of_device as (partition by originator_key, device_key order by started_at, transaction_id)

),

numbered as (

    select
        begun.*,
        sum(case when is_first then 1 else 0 end) over tries_of_device as series_number,
        coalesce(lead(is_first) over tries_of_device, true) as is_last
    from begun
    window tries_of_device as (partition by originator_key, device_key order by started_at, transaction_id)

),

series as (

    select
        originator_key,
        device_key,
        max(transaction_id) filter (where is_first) as transaction_id,
        min(started_at) as started_at,
        max(started_at) as last_started_at,
        max(region_key) filter (where is_first) as region_key,
        max(device_profile_key) filter (where is_first) as device_profile_key,
        count(*) as try_count,
        count(*) filter (where is_success) > 0 as is_success,
        count(*) filter (where is_last and is_pending) > 0 as is_last_try_pending
    from numbered
    group by
        originator_key,
        device_key,
        series_number

),

final as (

    select
        transaction_id,
        started_at,
        last_started_at,
        originator_key,
        device_key,
        region_key,
        device_profile_key,
        try_count,
        case
            when is_success and try_count = 1 then 'first'
            when is_success and try_count = 2 then 'second'
            when is_success then 'later'
            when
                is_last_try_pending
                or last_started_at + interval '{{ var("top_up_gap_hours") }}' hour > {{ as_of() }}
                then 'pending'
            else 'failed'
        end as outcome
    from series
    where started_at >= {{ month_start() }}

)

select * from final
