-- Grain: one row per check and alert of the month to a network operator that the check finds without its counterpart.
with

outages as (

    select *
    from {{ ref('int_r3__outage_events') }}
    where event = 'outage'

),

restorations as (

    select *
    from {{ ref('int_r3__outage_events') }}
    where event != 'outage'

),

codes as (

    -- Each restoration code is matched with outages by itself.
    select
        outage_codes.alert_code as outage_code,
        restoration_codes.alert_code as restoration_code,
        restoration_codes.event as restoration_event
    from {{ ref('network_operator_alerts') }} as outage_codes
    inner join {{ ref('network_operator_alerts') }} as restoration_codes
        on restoration_codes.event in ('restoration', 'restoration_after_long_outage')
    where outage_codes.event = 'outage'

),

paired as (

    select
        outages.party_key,
        outages.alert_id,
        outages.alert_start_at,
        outages.mpxn_key,
        outages.device_key,
        outages.alert_code,
        codes.outage_code,
        codes.restoration_code,
        codes.restoration_event,
        true as is_outage
    from outages
    inner join codes
        on outages.alert_code = codes.outage_code

    union all

    select
        restorations.party_key,
        restorations.alert_id,
        restorations.alert_start_at,
        restorations.mpxn_key,
        restorations.device_key,
        restorations.alert_code,
        codes.outage_code,
        codes.restoration_code,
        codes.restoration_event,
        false as is_outage
    from restorations
    inner join codes
        on restorations.alert_code = codes.restoration_code

),

{% set meter_point = 'partition by party_key, mpxn_key, restoration_code order by alert_start_at' -%}

neighbours as (

    -- All alerts of an instant stand together. The next instant is a microsecond later at least.
    select
        paired.*,
        min(case when not is_outage then alert_start_at end) over (
            {{ meter_point }} range between current row and unbounded following
        ) as next_restoration_at,
        min(case when is_outage then alert_start_at end) over (
            {{ meter_point }} range between interval '0.000001' second following and unbounded following
        ) as next_outage_at,
        max(case when is_outage then alert_start_at end) over (
            {{ meter_point }} range between unbounded preceding and current row
        ) as last_outage_at,
        max(case when not is_outage then alert_start_at end) over (
            {{ meter_point }} range between unbounded preceding and interval '0.000001' second preceding
        ) as previous_restoration_at
    from paired

),

judged as (

    select
        party_key,
        alert_id,
        alert_start_at,
        mpxn_key,
        device_key,
        outage_code,
        restoration_code,
        restoration_event,
        is_outage,
        case
            -- Without a meter point nothing says what belongs together.
            when mpxn_key is null then false
            -- Restored before the next outage began.
            when is_outage
                then coalesce(next_restoration_at < next_outage_at, next_restoration_at is not null)
            -- An outage since the restoration before.
            else coalesce(last_outage_at > previous_restoration_at, last_outage_at is not null)
        end as is_matched
    from neighbours
    where {{ in_reporting_month('alert_start_at') }}

),

raw_checks as (

    select
        party_key,
        case
            when is_outage then outage_code || '_without_' || restoration_code
            else restoration_code || '_without_' || outage_code
        end as check_name,
        alert_id,
        alert_start_at,
        mpxn_key,
        device_key
    from judged
    where not is_matched

),

defects as (

    -- A short outage sends a restoration and no outage alert, a long one an outage alert and its own restoration:
    -- what is wrong is an outage with no restoration at all, and a restoration after a long one with no outage.
    select
        party_key,
        'defect' as check_name,
        alert_id,
        alert_start_at,
        mpxn_key,
        device_key
    from judged
    group by
        party_key,
        alert_id,
        alert_start_at,
        mpxn_key,
        device_key
    having
        not bool_or(is_matched)
        and bool_or(is_outage or restoration_event = 'restoration_after_long_outage')

),

final as (

    select * from raw_checks

    union all

    select * from defects

)

select * from final
