-- Grain: one row per timed alert code, or ALL, and corporate group of the recipient: how long the stages took of the
-- alerts of the period that were not suppressed.
with

stages as (

    select * from {{ ref('fct_alert_stages') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

coded as (

    select
        destination_key,
        alert_code_key,
        {%- for stage in alert_stages() %}
        cast(coalesce(sum({{ stage }}_ms), 0) as {{ wide_integer() }}) as {{ stage }}_sum_ms,
        count({{ stage }}_ms) as {{ stage }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from stages
    where
        {{ in_period('alert_start_at') }}
        and not is_storm_suppressed
    group by
        destination_key,
        alert_code_key

),

by_code as (

    select
        alert_codes.alert_code,
        parties.corporate_group,
        {%- for stage in alert_stages() %}
        coded.{{ stage }}_sum_ms,
        coded.{{ stage }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from coded
    inner join parties
        on coded.destination_key = parties.party_key
    inner join alert_codes
        on coded.alert_code_key = alert_codes.alert_code_key

    union all

    select
        'ALL' as alert_code,
        parties.corporate_group,
        {%- for stage in alert_stages() %}
        coded.{{ stage }}_sum_ms,
        coded.{{ stage }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from coded
    inner join parties
        on coded.destination_key = parties.party_key

),

final as (

    select
        alert_code,
        corporate_group,
        {%- for stage in alert_stages() %}
        cast(sum({{ stage }}_sum_ms) as {{ wide_integer() }}) as {{ stage }}_sum_ms,
        cast(sum({{ stage }}_count) as bigint) as {{ stage }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from by_code
    group by
        alert_code,
        corporate_group

)

select * from final
