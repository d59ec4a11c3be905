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

leagues as (

    select * from {{ ref('int_r1__firmware_leagues') }}

),

others as (

    select * from {{ ref('int_r1__firmware_leagues') }}

),

own_rows as (

    -- The recipient's own row: ranked or not, shown or not.
    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        leagues.device_type,
        leagues.manufacturer as device_manufacturer,
        leagues.model as device_model,
        leagues.league_rank as rank,
        case
            when leagues.is_shown then leagues.league_rate
            else {{ share('leagues.newest_count', 'leagues.device_count', 3) }}
        end as newest_share,
        true as is_recipient
    from leagues
    inner join obligations
        on leagues.party_key = obligations.party_key

),

other_rows as (

    -- The ranked peers of a league that is shown.
    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        leagues.device_type,
        leagues.manufacturer as device_manufacturer,
        leagues.model as device_model,
        others.league_rank as rank,
        others.league_rate as newest_share,
        false as is_recipient
    from leagues
    inner join obligations
        on leagues.party_key = obligations.party_key
    inner join others
        on
            leagues.role = others.role
            and leagues.device_type = others.device_type
            and leagues.manufacturer = others.manufacturer
            and leagues.model = others.model
            and leagues.party_key != others.party_key
    where leagues.is_shown and others.is_ranked

),

own_and_others as (

    select * from own_rows

    union all

    select * from other_rows

),

final as (

    select
        reporting_month,
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model,
        rank,
        cast(newest_share as decimal(6, 3)) as newest_share,
        is_recipient
    from own_and_others

)

select * from final
order by
    party_id,
    role,
    device_type,
    device_manufacturer,
    device_model
