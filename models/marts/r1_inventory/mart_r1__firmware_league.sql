-- Requirement 1: for each model that the recipient has, the anonymised league of parties by the share of that model
-- on its newest firmware.
-- Grain: one row per recipient (party and role), Device Type as shown, manufacturer, model and ranked party; rows of
-- parties with one share are equal.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'inventory'

),

leagues as {{ inlined() }} (

    select
        party_key,
        role,
        device_type,
        manufacturer as device_manufacturer,
        model as device_model,
        device_count,
        newest_count,
        is_ranked,
        is_shown,
        league_rate,
        league_rank
    from {{ ref('int_r1__firmware_leagues') }}

),

final as (

    {{ league_rows(
        'leagues',
        'obligations',
        cell=['device_type', 'device_manufacturer', 'device_model'],
        part='newest_count',
        whole='device_count',
        rate='newest_share'
    ) }}

)

select * from final
