-- Grain: one row per supplier (party in role IS or GS), day of the reporting month, measure (read_within_30_days,
-- no_read_within_30_days, read_pending) and meter of its fuel that hung on a Communications Hub when the supplier
-- told of its install.
with

suppliers as (

    select
        party_key,
        case role when 'IS' then 'ESME' else 'GSME' end as device_type
    from {{ ref('dim_parties') }}
    where role in ('IS', 'GS')

),

reports as (

    select
        originator_key as party_key,
        device_key as hub_key,
        started_at
    from {{ ref('fct_installation_requests') }}
    where
        is_success
        and meaning = 'hub_installed'
        and device_key is not null
        and {{ in_reporting_month('started_at') }}

),

meters as (

    select
        device_key,
        hub_key,
        device_type,
        valid_from,
        valid_to
    from {{ ref('dim_device_states') }}
    where
        is_in_estate
        and device_type in ('ESME', 'GSME')
        and hub_key is not null

),

devices as (

    select
        device_key,
        valid_from,
        valid_to,
        csp_region,
        s1sp,
        smets_version
    from {{ ref('dim_device_states') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

reads as (

    select
        requests.device_key,
        requests.started_at
    from {{ ref('fct_service_requests_coded') }} as requests
    inner join srvs
        on requests.srv_key = srvs.srv_key and srvs.is_meter_read
    where
        requests.is_counted
        and requests.is_success
        and requests.started_at > {{ month_start() }}
        and requests.started_at <= {{ month_end() }} + {{ whole_days(var('read_window_days')) }}

),

awaited as (

    select
        reports.party_key,
        meters.device_key,
        meters.device_type,
        reports.started_at
    from reports
    inner join suppliers
        on reports.party_key = suppliers.party_key
    inner join meters
        on
            reports.hub_key = meters.hub_key
            and suppliers.device_type = meters.device_type
            and {{ valid_at('meters', 'reports.started_at') }}

),

events as (

    select
        party_key,
        device_key,
        device_type,
        started_at as happened_at,
        cast(null as timestamp) as read_at
    from awaited

    union all

    select
        cast(null as smallint) as party_key,
        reads.device_key,
        cast(null as string) as device_type,
        reads.started_at as happened_at,
        reads.started_at as read_at
    from reads
    where exists (
        select 1 from awaited
        where awaited.device_key = reads.device_key
    )

),

next_reads as (

    -- In order of time; at one instant the read comes first, so that only what is later is after the install.
    select
        party_key,
        device_key,
        device_type,
        happened_at,
        min(read_at) over (
            partition by device_key
            order by happened_at, read_at nulls last
            rows between 1 following and unbounded following
        ) as next_read_at
    from events

),

judged as (

    select distinct
        party_key,
        cast(happened_at as date) as day,
        device_key,
        device_type,
        case
            when next_read_at <= happened_at + {{ whole_days(var('read_window_days')) }}
                then 'read_within_30_days'
            when happened_at + {{ whole_days(var('read_window_days')) }} < {{ as_of() }}
                then 'no_read_within_30_days'
            else 'read_pending'
        end as measure
    from next_reads
    where party_key is not null

),

final as (

    select
        judged.party_key,
        judged.day,
        judged.measure,
        judged.device_key,
        judged.device_type,
        {{ region_of_device('devices') }} as region
    from judged
    left join devices
        on
            judged.device_key = devices.device_key
            and {{ valid_just_before('devices', end_of_day('judged.day')) }}

)

select * from final
