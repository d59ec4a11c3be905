-- Requirement 2: the recipient's installs day by day: done, failed, predicted, not yet reported, open, and read.
-- Grain: one row per recipient (party and role), day, measure, Device Type and region.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'install_and_commission'

),

own_installs as (

    select * from {{ ref('int_r2__own_installs') }}

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

measured as (

    select
        party_key,
        commissioned_on as day,
        'successful_installs' as measure,
        device_type,
        region
    from own_installs

    union all

    select
        party_key,
        {{ add_days('commissioned_on', var('prediction_days')) }} as day,
        'predicted_installs' as measure,
        device_type,
        region
    from own_installs

    union all

    select
        own_installs.party_key,
        own_installs.commissioned_on as day,
        'neither_yet' as measure,
        own_installs.device_type,
        own_installs.region
    from own_installs
    where
        own_installs.device_type = 'CHF'
        and not exists (
            select 1 from reported_hubs
            where reported_hubs.device_key = own_installs.device_key
        )

    union all

    select
        party_key,
        day,
        measure,
        device_type,
        region
    from {{ ref('int_r2__reported_installs') }}

    union all

    select
        party_key,
        day,
        'open_8_14_2' as measure,
        device_type,
        region
    from {{ ref('int_r2__open_hubs') }}

    union all

    select
        party_key,
        day,
        measure,
        device_type,
        region
    from {{ ref('int_r2__awaited_reads') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        measured.day,
        measured.measure,
        measured.device_type,
        measured.region,
        count(*) as value
    from measured
    inner join obligations
        on measured.party_key = obligations.party_key
    where measured.day between {{ first_day() }} and {{ last_day() }}
    group by
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        measured.day,
        measured.measure,
        measured.device_type,
        measured.region

)

select * from final
