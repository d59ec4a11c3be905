-- Grain: one row per User (party in a role), day of the reporting month and Communications Hub that stands open at
-- its end: installed without WAN by the latest that the User told of it.
with

reports as (

    select
        originator_key as party_key,
        device_key,
        started_at as valid_from,
        meaning,
        -- The latest until the next one; of two at one instant the one without WAN is the later.
        coalesce(
            lead(started_at) over (
                partition by originator_key, device_key
                order by started_at, meaning = 'hub_installed_without_wan', transaction_id
            ),
            {{ open_end() }}
        ) as superseded_at
    from {{ ref('fct_installation_requests') }}
    where
        is_success
        and meaning in ('hub_installed', 'hub_installed_without_wan')
        and device_key is not null
        and started_at >= {{ month_start() }} - {{ whole_days(var('open_hub_days')) }}
        and started_at < {{ month_end() }}

),

open_spells as (

    select
        party_key,
        device_key,
        valid_from,
        least(superseded_at, valid_from + {{ whole_days(var('open_hub_days')) }}) as valid_to
    from reports
    where meaning = 'hub_installed_without_wan'

),

days as (

    select * from {{ ref('dim_reporting_days') }}

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
        open_spells.party_key,
        days.day,
        open_spells.device_key,
        'CHF' as device_type,
        {{ region_of_device('devices') }} as region
    from open_spells
    inner join days
        on {{ valid_just_before('open_spells', end_of_day('days.day')) }}
    left join devices
        on
            open_spells.device_key = devices.device_key
            and {{ valid_just_before('devices', end_of_day('days.day')) }}

)

select * from final
