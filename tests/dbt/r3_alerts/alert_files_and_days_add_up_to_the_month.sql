{{ config(group='reporting') }}
-- Code by code, alert/<code>.csv, daily.csv and delivery_time.csv tell of the alerts that monthly.csv tells of.
with

monthly as (

    select
        party_id,
        role,
        alert_code,
        own_volume,
        own_volume * own_success_rate as delivered_count,
        -- A rate may be off by half a millionth, in the month and in each of its days.
        own_volume * 0.000001 as leeway
    from {{ ref('mart_r3__monthly') }}
    where own_volume > 0

),

parts as (

    select
        'alert' as file_name,
        party_id,
        role,
        alert_code,
        sum(alert_count) as alert_count,
        sum(alert_count) filter (where outcome = 'Delivered') as delivered_count
    from {{ ref('mart_r3__alert') }}
    group by
        party_id,
        role,
        alert_code

    union all

    select
        'alert' as file_name,
        party_id,
        role,
        'ALL' as alert_code,
        sum(alert_count) as alert_count,
        sum(alert_count) filter (where outcome = 'Delivered') as delivered_count
    from {{ ref('mart_r3__alert') }}
    group by
        party_id,
        role

    union all

    select
        'daily' as file_name,
        party_id,
        role,
        alert_code,
        sum(own_volume) as alert_count,
        sum(own_volume * own_success_rate) as delivered_count
    from {{ ref('mart_r3__daily') }}
    group by
        party_id,
        role,
        alert_code

    union all

    select
        'delivery_time' as file_name,
        party_id,
        role,
        alert_code,
        null as alert_count,
        own_measured as delivered_count
    from {{ ref('mart_r3__delivery_time') }}

),

file_names as (

    select distinct file_name
    from parts

),

expected as (

    select
        file_names.file_name,
        monthly.*
    from monthly
    cross join file_names

)

select
    coalesce(expected.file_name, parts.file_name) as file_name,
    coalesce(expected.party_id, parts.party_id) as party_id,
    coalesce(expected.role, parts.role) as role,
    coalesce(expected.alert_code, parts.alert_code) as alert_code,
    expected.own_volume,
    parts.alert_count,
    expected.delivered_count as monthly_delivered_count,
    parts.delivered_count
from expected
full outer join parts
    on
        expected.file_name = parts.file_name
        and expected.party_id = parts.party_id
        and expected.role = parts.role
        and expected.alert_code = parts.alert_code
where
    expected.party_id is null
    or parts.party_id is null
    or expected.own_volume != parts.alert_count
    or abs(expected.delivered_count - coalesce(parts.delivered_count, 0)) > expected.leeway
