-- Grain: one row per Device and spell of days of the reporting month on each of which it is long-term
-- non-communicating: commissioned throughout that day and the var long_term_days before it, and not heard of on any.
{%- set silence_days = var('long_term_days') -%}
{#- The days that may decide: from var long_term_days before the month to its end. -#}
{%- set first_day_looked_at = add_days(first_day(), -silence_days) -%}
{%- set last_silence_from = add_days(last_day(), -silence_days) %}
with

requests as {{ inlined() }} (

    select * from {{ ref('fct_service_requests_coded') }}

),

alerts as {{ inlined() }} (

    select * from {{ ref('fct_alerts_coded') }}

),

modes as (

    select * from {{ ref('modes_of_operation') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

states as (

    select * from {{ ref('dim_device_states') }}

),

heard as {{ inlined() }} (

    -- A Success from the Device, but for what stays in the DCC, or a Device Alert (four hex digits), to whomever.
    select
        requests.device_key,
        cast(requests.started_at as date) as day
    from requests
    inner join modes
        on requests.mode_of_operation = modes.mode_of_operation and modes.mode_name is distinct from 'DCC Only'
    where
        requests.is_counted
        and requests.is_success
        and requests.device_key is not null
        and requests.started_at >= {{ first_day_looked_at }}
        and requests.started_at < {{ month_end() }}

    union all

    select
        alerts.device_key,
        cast(alerts.alert_start_at as date) as day
    from alerts
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key and {{ matches('alert_codes.alert_code', '[0-9A-F]{4}') }}
    where
        alerts.device_key is not null
        and alerts.alert_start_at >= {{ first_day_looked_at }}
        and alerts.alert_start_at < {{ month_end() }}

),

heard_in_between as (

    -- Each silence that reaches into the month includes these days: most Devices are out by them. Where it may be
    -- shorter than the month there are no such days.
    select distinct device_key
    from heard
    where day >= {{ last_silence_from }} and day <= {{ first_day() }}

),

commissioned as (

    select
        states.device_key,
        states.valid_from,
        states.valid_to,
        lag(states.valid_to) over (partition by states.device_key order by states.valid_from) as valid_to_before
    from states
    left join heard_in_between
        on states.device_key = heard_in_between.device_key
    where
        heard_in_between.device_key is null
        and states.device_status = 'Commissioned'
        and states.valid_from < {{ month_end() }}
        and states.valid_to > {{ first_day_looked_at }}

),

numbered as (

    -- What follows at once is of one spell.
    select
        commissioned.*,
        sum(case when valid_from = valid_to_before then 0 else 1 end) over (
            partition by device_key
            order by valid_from
            rows between unbounded preceding and current row
        ) as spell_number
    from commissioned

),

commissioned_spells as (

    select
        device_key,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from numbered
    group by
        device_key,
        spell_number

),

long_commissioned as (

    -- The days that were commissioned throughout, and so were var long_term_days before them.
    select
        device_key,
        {{ add_days(
            'cast(valid_from as date) + case when valid_from > cast(valid_from as date) then 1 else 0 end',
            silence_days
        ) }} as valid_from,
        cast(valid_to as date) as valid_to
    from commissioned_spells

),

heard_days as (

    select
        heard.device_key,
        heard.day
    from heard
    inner join long_commissioned
        on heard.device_key = long_commissioned.device_key
    group by
        heard.device_key,
        heard.day

    union all

    -- Nothing that came before can decide.
    select distinct
        device_key,
        {{ add_days(first_day_looked_at, -1) }} as day
    from long_commissioned

),

silences as (

    select
        device_key,
        {{ add_days('day', silence_days + 1) }} as valid_from,
        coalesce(
            lead(day) over (partition by device_key order by day), cast({{ month_end() }} as date)
        ) as valid_to
    from heard_days

),

earliest as (

    select {{ is_history_long_enough('requests') }} as is_history_long_enough
    from requests

),

final as (

    select
        silences.device_key,
        greatest(silences.valid_from, long_commissioned.valid_from) as valid_from,
        least(silences.valid_to, long_commissioned.valid_to) as valid_to
    from silences
    inner join long_commissioned
        on
            silences.device_key = long_commissioned.device_key
            and {{ overlaps('silences', 'long_commissioned.valid_from', 'long_commissioned.valid_to') }}
    cross join earliest
    where
        silences.valid_from < silences.valid_to
        and long_commissioned.valid_from < long_commissioned.valid_to
        and earliest.is_history_long_enough

)

select * from final
