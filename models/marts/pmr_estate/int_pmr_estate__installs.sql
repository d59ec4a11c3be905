-- Grain: one row per measure, day, Device (null for an unknown one), Device Type and corporate group that it is of: the
-- installs outside SMETS1 of the reporting month and the two before it.
with

commissionings as (

    select
        device_key,
        commissioned_on,
        device_type,
        import_supplier_key,
        gas_supplier_key,
        {{ segment_of('region', 'smets_version') }} as segment
    from {{ ref('fct_commissionings') }}
    where commissioned_on >= {{ month_start_before(2) }} and commissioned_on < {{ period_end() }}

),

meters as (

    select
        device_key,
        hub_key,
        mpxn_key,
        valid_from,
        valid_to
    from {{ ref('dim_device_states') }}
    where
        is_in_estate
        and device_type in ('ESME', 'GSME')
        and hub_key is not null

),

registrations as (

    select
        mpxn_key,
        supplier_key,
        valid_from,
        valid_to
    from {{ ref('dim_registrations') }}
    where role in ('IS', 'GS')

),

parties as (

    select * from {{ ref('dim_parties') }}

),

installation_requests as (

    select *
    from {{ ref('fct_installation_requests') }}
    where started_at >= {{ month_start_before(2) }} and started_at < {{ period_end() }}

),

reported_hubs as (

    -- Told of by anybody, up to the as-of instant.
    select distinct device_key
    from {{ ref('fct_installation_requests') }}
    where
        is_success
        and meaning in ('hub_installed', 'hub_installed_without_wan')
        and device_key is not null
        and started_at <= {{ as_of() }}

),

open_hubs as (

    select * from {{ ref('int_pmr_estate__open_hubs') }}

),

devices as (

    select
        device_key,
        valid_from,
        valid_to,
        device_type,
        csp_region,
        s1sp,
        smets_version
    from {{ ref('dim_device_states') }}

),

commissioned as (

    select
        commissioned_on as day,
        device_key,
        device_type,
        segment,
        case device_type when 'ESME' then import_supplier_key else gas_supplier_key end as party_key
    from commissionings
    where device_type in ('ESME', 'GSME')

    union all

    -- A Communications Hub counts with a meter on it, and is of all who supply one.
    select
        commissionings.commissioned_on as day,
        commissionings.device_key,
        commissionings.device_type,
        commissionings.segment,
        registrations.supplier_key as party_key
    from commissionings
    inner join meters
        on
            commissionings.device_key = meters.hub_key
            and {{ valid_just_before('meters', end_of_day('commissionings.commissioned_on')) }}
    left join registrations
        on
            meters.mpxn_key = registrations.mpxn_key
            and {{ valid_at('registrations', 'commissionings.commissioned_on') }}
    where commissionings.device_type = 'CHF'

),

told as (

    select distinct
        {{ reported_install('installation_requests') }} as measure,
        requested_on as day,
        device_key,
        meaning,
        originator_key as party_key
    from installation_requests

),

placed as (

    select
        told.measure,
        told.day,
        told.device_key,
        -- A hub by what was told of it; a meter by what it was at the end of that day.
        case when told.meaning = 'meter_commissioned' then devices.device_type else 'CHF' end as device_type,
        {{ segment_of(region_of_device('devices'), 'devices.smets_version') }} as segment,
        told.party_key
    from told
    left join devices
        on
            told.device_key = devices.device_key
            and {{ valid_just_before('devices', end_of_day('told.day')) }}
    where
        told.measure is not null
        and (told.meaning != 'meter_commissioned' or devices.device_type in ('ESME', 'GSME'))

),

measured as (

    select
        'successful_installs' as measure,
        day,
        device_key,
        device_type,
        segment,
        party_key
    from commissioned
    where day >= {{ month_start_before(1) }}

    union all

    select
        'neither_yet' as measure,
        commissioned.day,
        commissioned.device_key,
        commissioned.device_type,
        commissioned.segment,
        commissioned.party_key
    from commissioned
    where
        commissioned.device_type = 'CHF'
        and not exists (
            select 1 from reported_hubs
            where reported_hubs.device_key = commissioned.device_key
        )

    union all

    select
        measure,
        day,
        device_key,
        device_type,
        segment,
        party_key
    from placed
    where measure != 'failed_installs' or day >= {{ month_start() }}

    union all

    select
        'open_8_14_2' as measure,
        day,
        device_key,
        'CHF' as device_type,
        segment,
        originator_key as party_key
    from open_hubs

),

grouped as (

    select distinct
        measured.measure,
        measured.day,
        measured.device_key,
        measured.device_type,
        measured.segment,
        parties.corporate_group
    from measured
    left join parties
        on measured.party_key = parties.party_key
    where measured.segment != 'SMETS1'

),

numbered as (

    select
        grouped.*,
        row_number() over (
            partition by measure, day, device_key, device_type
            order by corporate_group nulls last
        ) as place
    from grouped

),

final as (

    -- Counted once, though it may be of several groups; of none only where it is of no other.
    select
        measure,
        day,
        device_key,
        device_type,
        segment,
        corporate_group,
        place = 1 as is_first
    from numbered
    where place = 1 or corporate_group is not null

)

select * from final
