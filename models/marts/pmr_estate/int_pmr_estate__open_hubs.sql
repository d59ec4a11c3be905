-- Grain: one row per day, of the period and the last of each of the two months before it, Communications Hub that is
-- open at its end, and sender: installed without WAN by the latest that anybody told of it.
with

reports as (

    select
        originator_key,
        device_key,
        started_at,
        meaning
    from {{ ref('fct_installation_requests') }}
    where
        is_success
        and meaning in ('hub_installed', 'hub_installed_without_wan')
        and device_key is not null
        and started_at >= {{ month_start_before(1) }} - {{ whole_days(var('open_hub_days')) }}
        and started_at < {{ period_end() }}

),

instants as (

    -- What was told of a hub at one instant: of both the one without WAN is the later.
    select
        device_key,
        started_at,
        bool_or(meaning = 'hub_installed_without_wan') as is_without_wan,
        coalesce(
            lead(started_at) over (partition by device_key order by started_at), {{ open_end() }}
        ) as superseded_at
    from reports
    group by
        device_key,
        started_at

),

open_spells as (

    -- Two may have told the same at one instant.
    select distinct
        reports.originator_key,
        instants.device_key,
        instants.started_at as valid_from,
        least(instants.superseded_at, instants.started_at + {{ whole_days(var('open_hub_days')) }}) as valid_to
    from instants
    inner join reports
        on
            instants.device_key = reports.device_key
            and instants.started_at = reports.started_at
    where
        instants.is_without_wan
        and reports.meaning = 'hub_installed_without_wan'

),

days as (

    -- The last one of a month that is not over ends with the period.
    select
        day,
        least({{ end_of_day('day') }}, {{ period_end() }}) as ends_at
    from {{ ref('dim_reporting_days') }}
    where day < {{ period_end() }}

    union all

    select
        {{ add_days('cast(' ~ month_start_before(0) ~ ' as date)', -1) }} as day,
        {{ month_start_before(0) }} as ends_at

    union all

    select
        {{ add_days('cast(' ~ month_start_before(1) ~ ' as date)', -1) }} as day,
        {{ month_start_before(1) }} as ends_at

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

final as (

    select
        days.day,
        open_spells.device_key,
        open_spells.originator_key,
        {{ segment_of(region_of_device('devices'), 'devices.smets_version') }} as segment
    from open_spells
    inner join days
        on {{ valid_just_before('open_spells', 'days.ends_at') }}
    left join devices
        on
            open_spells.device_key = devices.device_key
            and {{ valid_just_before('devices', 'days.ends_at') }}

)

select * from final
