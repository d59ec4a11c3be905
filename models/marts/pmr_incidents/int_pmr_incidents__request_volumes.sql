-- Grain: one row per highlighted incident with an outage that is not of SMETS1: the requests of installs beside it.
{%- set codes = ['slice_number', 'region_key', 'device_profile_key', 'originator_key'] %}
with

incidents as (

    select *
    from {{ ref('fct_incidents') }}
    where
        is_major
        and is_in_month
        and outage_started_at is not null
        and smets_version != 'SMETS1'
        and coalesce(csp_region, '') != 'SMETS1'

),

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

processes as (

    select * from {{ ref('pmr_processes') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

install_srvs as (

    -- By their keys: by its words each request would be held against the list.
    select distinct srvs.srv_key
    from srvs
    inner join processes
        on srvs.srv = processes.srv
    where processes.business_process = 'Install and Commission'

),

windows as (

    -- One that lasts is looked at until the as-of instant.
    select
        incident_id,
        csp_region,
        true as is_during,
        outage_started_at as valid_from,
        coalesce(outage_ended_at, {{ as_of() }}) as valid_to
    from incidents

    union all

    select
        incident_id,
        csp_region,
        false as is_during,
        outage_started_at - interval '{{ var("prediction_days") }}' day as valid_from,
        coalesce(outage_ended_at, {{ as_of() }}) - interval '{{ var("prediction_days") }}' day as valid_to
    from incidents

),

boundaries as (

    select valid_from as instant from windows

    union

    select valid_to as instant from windows

),

pieces as (

    -- Windows overlap, pieces between their ends do not: each request is counted in one, whatever the incidents are.
    select
        row_number() over (order by instant) as slice_number,
        instant as valid_from,
        lead(instant) over (order by instant) as valid_to
    from boundaries

),

slices_of_windows as (

    select
        windows.incident_id,
        windows.csp_region,
        windows.is_during,
        pieces.slice_number
    from windows
    inner join pieces
        on {{ overlaps('windows', 'pieces.valid_from', 'pieces.valid_to') }}

),

slices as (

    select
        slice_number,
        valid_from,
        valid_to
    from pieces
    where slice_number in (select slices_of_windows.slice_number from slices_of_windows)

),

install_requests as (

    -- Those of installs, whatever process they were part of.
    select requests.*
    from requests
    inner join install_srvs
        on requests.srv_key = install_srvs.srv_key
    where requests.is_counted

),

coded as (

    select
        slices.slice_number,
        install_requests.region_key,
        install_requests.device_profile_key,
        install_requests.originator_key,
        count(*) as request_count
    from install_requests
    inner join slices
        on {{ valid_at('slices', 'install_requests.started_at') }}
    group by
        slices.slice_number,
        install_requests.region_key,
        install_requests.device_profile_key,
        install_requests.originator_key

),

counted as (

    select
        coded.slice_number,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        parties.corporate_group,
        sum(coded.request_count) as request_count
    from coded
    inner join regions
        on coded.region_key = regions.region_key
    inner join device_profiles
        on coded.device_profile_key = device_profiles.device_profile_key
    inner join parties
        on coded.originator_key = parties.party_key
    group by
        coded.slice_number,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }},
        parties.corporate_group

),

grouped as (

    select
        slices_of_windows.incident_id,
        counted.corporate_group,
        cast(coalesce(sum(counted.request_count) filter (where slices_of_windows.is_during), 0) as bigint)
            as actual_count,
        cast(coalesce(sum(counted.request_count) filter (where not slices_of_windows.is_during), 0) as bigint)
            as expected_count
    from slices_of_windows
    inner join counted
        on
            slices_of_windows.slice_number = counted.slice_number
            and counted.segment = coalesce(slices_of_windows.csp_region, counted.segment)
    where counted.segment != 'SMETS1'
    group by
        slices_of_windows.incident_id,
        counted.corporate_group

),

pools as (

    select
        incident_id,
        {{ disclosure_pool('actual_count', 'actual') }},
        {{ disclosure_pool('expected_count', 'expected') }}
    from grouped
    group by incident_id

),

final as (

    select
        incident_id,
        {{ released('expected_row_count', 'expected') }} as expected_requests,
        {{ released('actual_row_count', 'actual') }} as actual_requests
    from pools

)

select * from final
