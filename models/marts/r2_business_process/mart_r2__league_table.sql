-- Requirement 2: the anonymised league of each process and SRV, with the recipient's own row picked out.
-- Grain: one row per recipient (party and role), business process, SRV or `ALL`, and ranked party (ties are equal).
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

leagues as (

    select * from {{ ref('int_r2__leagues') }}

),

others as (

    select * from {{ ref('int_r2__leagues') }}

),

own_rows as (

    -- The recipient's own row: ranked or not, shown or not.
    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        leagues.business_process,
        leagues.srv,
        leagues.league_rank as rank,
        case
            when leagues.is_shown then leagues.league_rate
            else {{ share('leagues.success_count', 'leagues.request_count', 3) }}
        end as success_rate,
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
        leagues.business_process,
        leagues.srv,
        others.league_rank as rank,
        others.league_rate as success_rate,
        false as is_recipient
    from leagues
    inner join obligations
        on leagues.party_key = obligations.party_key
    inner join others
        on
            leagues.role = others.role
            and leagues.business_process = others.business_process
            and leagues.srv = others.srv
            and leagues.party_key != others.party_key
    where leagues.is_shown and others.is_ranked

),

combined as (

    select * from own_rows

    union all

    select * from other_rows

),

final as (

    select
        reporting_month,
        party_id,
        role,
        business_process,
        srv,
        rank,
        cast(success_rate as decimal(6, 3)) as success_rate,
        is_recipient
    from combined

)

select * from final
order by
    party_id,
    role,
    business_process,
    srv
