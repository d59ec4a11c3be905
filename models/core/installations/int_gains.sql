-- Grain: one row per supplier (party in role IS or GS), Device and day of the reporting month on which it gained
-- the Device: its earliest counted successful 6.23, and the meter point that it is of.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

landed_requests as (

    select * from {{ ref('stg_service_requests') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

device_spells as (

    select * from {{ ref('dim_device_spells') }}

),

updates as (

    select
        requests.transaction_id,
        requests.started_at,
        cast(requests.started_at as date) as day,
        requests.originator_key,
        parties.party_id,
        parties.role,
        requests.device_key,
        requests.hub_key,
        row_number() over (
            partition by requests.originator_key, requests.device_key, cast(requests.started_at as date)
            order by requests.started_at, requests.transaction_id
        ) as place_in_day
    from requests
    inner join srvs
        on requests.srv_key = srvs.srv_key and srvs.is_gain_trigger
    inner join parties
        on requests.originator_key = parties.party_key and parties.role in ('IS', 'GS')
    where
        requests.is_counted
        and requests.is_success
        and requests.device_key is not null
        and {{ in_reporting_month('requests.started_at') }}

),

named_meter_points as (

    -- What the request itself names; the fact has what stands in where it names none.
    select
        landed_requests.transaction_id,
        landed_requests.mpxn_key
    from landed_requests
    inner join srvs
        on landed_requests.srv = srvs.srv and srvs.is_gain_trigger
    where
        landed_requests.mpxn_key is not null
        and {{ in_reporting_month('landed_requests.started_at') }}

),

final as (

    select
        updates.originator_key as party_key,
        updates.party_id,
        updates.role,
        updates.device_key,
        updates.day,
        updates.started_at as gain_at,
        updates.hub_key,
        coalesce(
            named_meter_points.mpxn_key,
            case updates.role when 'IS' then device_spells.electricity_mpxn_key else device_spells.gas_mpxn_key end
        ) as mpxn_key
    from updates
    left join named_meter_points
        on updates.transaction_id = named_meter_points.transaction_id
    left join device_spells
        on
            updates.device_key = device_spells.device_key
            and {{ valid_at('device_spells', 'updates.started_at') }}
    where updates.place_in_day = 1

)

select * from final
