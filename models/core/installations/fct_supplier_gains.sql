-- Grain: one row per supplier (party in role IS or GS), Device and day of the reporting month on which it gained
-- the Device, with what went before: its reads, the old supplier, and what that one told of the hub.
with

{% set gain = ['party_key', 'device_key', 'day'] -%}

gains as (

    select * from {{ ref('int_gains') }}

),

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

registrations as (

    select * from {{ ref('dim_registrations') }}

),

installation_requests as (

    select * from {{ ref('fct_installation_requests') }}

),

reads as (

    select
        requests.device_key,
        requests.started_at
    from requests
    inner join srvs
        on requests.srv_key = srvs.srv_key and srvs.is_meter_read
    where
        requests.is_counted
        and requests.is_success

),

-- Read before: by any User, in the 30 x 24 hours before the gain.
reads_before as (

    select distinct
        gains.party_key,
        gains.device_key,
        gains.day
    from gains
    inner join reads
        on
            gains.device_key = reads.device_key
            and gains.gain_at - {{ whole_days(var('read_window_days')) }} <= reads.started_at
            and gains.gain_at > reads.started_at

),

-- Old supplier: of the latest registration period that started on or before that day and belongs to another party.
other_periods as (

    select
        gains.party_key,
        gains.device_key,
        gains.day,
        registrations.supplier_party_id,
        row_number() over (
            partition by gains.{{ gain | join(', gains.') }}
            order by registrations.valid_from desc
        ) as place
    from gains
    inner join registrations
        on
            gains.mpxn_key = registrations.mpxn_key
            and gains.role = registrations.role
            and gains.party_id != registrations.supplier_party_id
            and gains.day >= registrations.valid_from

),

with_old_supplier as (

    select
        gains.*,
        other_periods.supplier_party_id as old_supplier_party_id
    from gains
    left join other_periods
        on
            gains.party_key = other_periods.party_key
            and gains.device_key = other_periods.device_key
            and gains.day = other_periods.day
            and other_periods.place = 1

),

-- Of the old supplier's 8.14.1 and 8.14.2 to the hub before the gain the latest decides, of two at one instant the
-- 8.14.2.
hub_reports as (

    select
        with_old_supplier.party_key,
        with_old_supplier.device_key,
        with_old_supplier.day,
        installation_requests.srv,
        row_number() over (
            partition by with_old_supplier.{{ gain | join(', with_old_supplier.') }}
            order by
                installation_requests.started_at desc,
                installation_requests.meaning = 'hub_installed_without_wan' desc
        ) as place
    from with_old_supplier
    inner join installation_requests
        on
            with_old_supplier.hub_key = installation_requests.device_key
            and with_old_supplier.old_supplier_party_id = installation_requests.originator_party_id
            and with_old_supplier.gain_at > installation_requests.started_at
    where installation_requests.meaning in ('hub_installed', 'hub_installed_without_wan')

),

final as (

    select
        with_old_supplier.party_key,
        with_old_supplier.device_key,
        with_old_supplier.day,
        with_old_supplier.gain_at,
        with_old_supplier.mpxn_key,
        with_old_supplier.hub_key,
        with_old_supplier.old_supplier_party_id,
        reads_before.device_key is not null as has_read_before,
        hub_reports.srv as old_supplier_hub_report
    from with_old_supplier
    left join reads_before
        on
            with_old_supplier.party_key = reads_before.party_key
            and with_old_supplier.device_key = reads_before.device_key
            and with_old_supplier.day = reads_before.day
    left join hub_reports
        on
            with_old_supplier.party_key = hub_reports.party_key
            and with_old_supplier.device_key = hub_reports.device_key
            and with_old_supplier.day = hub_reports.day
            and hub_reports.place = 1

)

select * from final
