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
        {{ columns_for(alert_stages(), 'cast(coalesce(sum($_ms), 0) as ' ~ wide_integer() ~ ') as $_sum_ms') }},
        {{ columns_for(alert_stages(), 'count($_ms) as $_count') }}
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
        {{ columns_for(alert_stages(), 'coded.$_sum_ms') }},
        {{ columns_for(alert_stages(), 'coded.$_count') }}
    from coded
    inner join parties
        on coded.destination_key = parties.party_key
    inner join alert_codes
        on coded.alert_code_key = alert_codes.alert_code_key

    union all

    select
        'ALL' as alert_code,
        parties.corporate_group,
        {{ columns_for(alert_stages(), 'coded.$_sum_ms') }},
        {{ columns_for(alert_stages(), 'coded.$_count') }}
    from coded
    inner join parties
        on coded.destination_key = parties.party_key

),

final as (

    select
        alert_code,
        corporate_group,
        {{ columns_for(alert_stages(), 'cast(sum($_sum_ms) as ' ~ wide_integer() ~ ') as $_sum_ms') }},
        {{ columns_for(alert_stages(), 'cast(sum($_count) as bigint) as $_count') }}
    from by_code
    group by
        alert_code,
        corporate_group

)

select * from final
