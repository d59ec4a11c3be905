-- Grain: one row per supplier (party in role IS or GS), Device and day of the reporting month on which it gained
-- the Device: its earliest counted successful 6.23.
with

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

suppliers as (

    select
        party_key,
        party_id,
        role
    from {{ ref('dim_parties') }}
    where role in ('IS', 'GS')

),

updates as (

    select
        requests.transaction_id,
        requests.started_at,
        requests.originator_key,
        requests.device_key,
        requests.hub_key
    from {{ ref('fct_service_requests_coded') }} as requests
    inner join srvs
        on requests.srv_key = srvs.srv_key and srvs.is_gain_trigger
    where
        requests.is_counted
        and requests.is_success
        and requests.device_key is not null
        and {{ in_reporting_month('requests.started_at') }}

),

named_meter_points as (

    -- What the request itself names; the fact has what stands in where it names none.
    select
        requests.transaction_id,
        requests.mpxn_key
    from {{ ref('stg_service_requests') }} as requests
    inner join srvs
        on requests.srv = srvs.srv and srvs.is_gain_trigger
    where
        requests.mpxn_key is not null
        and {{ in_reporting_month('requests.started_at') }}

),

device_spells as (

    select
        device_key,
        valid_from,
        valid_to,
        electricity_mpxn_key,
        gas_mpxn_key
    from {{ ref('dim_device_spells') }}

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
        and requests.started_at >= {{ month_start() }} - {{ whole_days(var('read_window_days')) }}
        and requests.started_at < {{ month_end() }}

),

hub_reports as (

    select
        device_key as hub_key,
        originator_party_id,
        started_at,
        srv,
        meaning = 'hub_installed_without_wan' as wins_a_tie
    from {{ ref('fct_installation_requests') }}
    where meaning in ('hub_installed', 'hub_installed_without_wan')

),

ranked as (

    select
        updates.transaction_id,
        updates.originator_key,
        updates.device_key,
        updates.hub_key,
        updates.started_at as gain_at,
        cast(updates.started_at as date) as day,
        suppliers.party_id,
        suppliers.role,
        row_number() over (
            partition by updates.originator_key, updates.device_key, cast(updates.started_at as date)
            order by updates.started_at, updates.transaction_id
        ) as position_in_day
    from updates
    inner join suppliers
        on updates.originator_key = suppliers.party_key

),

gains as (

    select
        ranked.originator_key as party_key,
        ranked.party_id,
        ranked.role,
        ranked.device_key,
        ranked.hub_key,
        ranked.gain_at,
        ranked.day,
        coalesce(
            named_meter_points.mpxn_key,
            case ranked.role when 'IS' then device_spells.electricity_mpxn_key else device_spells.gas_mpxn_key end
        ) as mpxn_key
    from ranked
    left join named_meter_points
        on ranked.transaction_id = named_meter_points.transaction_id
    left join device_spells
        on
            ranked.device_key = device_spells.device_key
            and {{ valid_at('device_spells', 'ranked.gain_at') }}
    where ranked.position_in_day = 1

),

started_periods as (

    -- The latest period that has started, ended or not, holds until the next one starts. Of the meter points that
    -- were gained alone: the windows over all registrations cost more than the rest of the model.
    select
        mpxn_key,
        role,
        supplier_party_id,
        valid_from,
        lead(valid_from, 1, {{ open_end_day() }}) over (
            partition by mpxn_key, role
            order by valid_from
        ) as valid_to,
        lag(supplier_party_id) over (
            partition by mpxn_key, role
            order by valid_from
        ) as previous_party_id
    from {{ ref('dim_registrations') }}
    where mpxn_key in (select gains.mpxn_key from gains)

),

supplier_history as (

    -- With each period, whom the meter point belonged to before its supplier took it.
    select
        mpxn_key,
        role,
        supplier_party_id,
        valid_from,
        valid_to,
        last_value(
            case when previous_party_id != supplier_party_id then previous_party_id end ignore nulls
        ) over (
            partition by mpxn_key, role
            order by valid_from
            rows between unbounded preceding and current row
        ) as former_party_id
    from started_periods

),

taken as (

    -- Whom the meter point belonged to: its supplier, or where that is the recipient the one before it.
    select
        gains.party_key,
        gains.role,
        gains.device_key,
        gains.hub_key,
        gains.gain_at,
        gains.day,
        gains.mpxn_key,
        case
            when supplier_history.supplier_party_id != gains.party_id then supplier_history.supplier_party_id
            else supplier_history.former_party_id
        end as old_supplier_party_id
    from gains
    left join supplier_history
        on
            gains.mpxn_key = supplier_history.mpxn_key
            and gains.role = supplier_history.role
            and {{ valid_at('supplier_history', 'gains.day') }}

),

read_events as (

    select
        device_key,
        party_key,
        gain_at as happened_at,
        cast(null as timestamp) as read_at
    from taken

    union all

    select
        reads.device_key,
        cast(null as smallint) as party_key,
        reads.started_at as happened_at,
        reads.started_at as read_at
    from reads
    where exists (
        select 1 from taken
        where taken.device_key = reads.device_key
    )

),

last_reads as (

    -- In order of time; at one instant the gain comes first, so that only what is earlier is before it.
    select
        device_key,
        party_key,
        happened_at,
        read_at,
        max(read_at) over (
            partition by device_key
            order by happened_at, read_at nulls first
            rows between unbounded preceding and 1 preceding
        ) as last_read_at
    from read_events

),

hub_events as (

    select
        hub_key,
        old_supplier_party_id,
        gain_at as happened_at,
        party_key,
        device_key,
        cast(null as varchar) as srv,
        false as wins_a_tie
    from taken
    where hub_key is not null and old_supplier_party_id is not null

    union all

    select
        hub_reports.hub_key,
        hub_reports.originator_party_id as old_supplier_party_id,
        hub_reports.started_at as happened_at,
        cast(null as smallint) as party_key,
        cast(null as ubigint) as device_key,
        hub_reports.srv,
        hub_reports.wins_a_tie
    from hub_reports
    where exists (
        select 1 from taken
        where taken.hub_key = hub_reports.hub_key
    )

),

last_hub_reports as (

    select
        party_key,
        device_key,
        happened_at,
        srv,
        last_value(srv ignore nulls) over (
            partition by hub_key, old_supplier_party_id
            order by happened_at, srv is not null, wins_a_tie
            rows between unbounded preceding and 1 preceding
        ) as last_srv
    from hub_events

),

final as (

    select
        taken.party_key,
        taken.device_key,
        taken.day,
        taken.gain_at,
        taken.mpxn_key,
        taken.hub_key,
        taken.old_supplier_party_id,
        coalesce(
            last_reads.last_read_at >= taken.gain_at - {{ whole_days(var('read_window_days')) }}, false
        ) as has_read_before,
        last_hub_reports.last_srv as old_supplier_hub_report
    from taken
    inner join last_reads
        on
            taken.party_key = last_reads.party_key
            and taken.device_key = last_reads.device_key
            and taken.gain_at = last_reads.happened_at
    left join last_hub_reports
        on
            taken.party_key = last_hub_reports.party_key
            and taken.device_key = last_hub_reports.device_key
            and taken.gain_at = last_hub_reports.happened_at

)

select * from final
