-- The industry report: the leagues of the parties' files, and others by segment, without a name.
-- Grain: one row per league (role, business process, SRV or `ALL`, and segment) and ranked party (ties are equal); one
-- without a rank where the league is not shown.
with

published as (

    -- As the recipients are shown them, also where a restatement has kept them.
    select * from {{ ref('mart_r2__league_table') }}

),

segment_leagues as (

    select * from {{ ref('int_pmr_estate__segment_leagues') }}

),

{% set cell = ['role', 'business_process', 'srv'] -%}

recipients as (

    select
        {{ cell | join(',\n        ') }},
        party_id,
        row_number() over (
            partition by {{ cell | join(', ') }}
            order by count(rank) desc, party_id
        ) as place
    from published
    group by
        {{ cell | join(',\n        ') }},
        party_id

),

leagues as (

    -- All recipients of a league are shown the same one: it is read from one of them.
    select
        published.role,
        published.business_process,
        published.srv,
        'ALL' as segment,
        published.rank as league_rank,
        published.success_rate as league_rate,
        count(published.rank) over (
            partition by published.role, published.business_process, published.srv
        ) > 0 as is_shown
    from published
    inner join recipients
        on
            published.role = recipients.role
            and published.business_process = recipients.business_process
            and published.srv = recipients.srv
            and published.party_id = recipients.party_id
    where recipients.place = 1

    union all

    select
        role,
        business_process,
        srv,
        segment,
        league_rank,
        league_rate,
        is_shown
    from segment_leagues

),

ranked as (

    select
        role,
        business_process,
        srv,
        segment,
        league_rank,
        league_rate
    from leagues
    where league_rank is not null

    union all

    select distinct
        role,
        business_process,
        srv,
        segment,
        null as league_rank,
        null as league_rate
    from leagues
    where not is_shown

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        role,
        business_process,
        srv,
        segment,
        cast(league_rank as bigint) as rank,
        cast(league_rate as decimal(6, 3)) as success_rate,
        cast(1 - league_rate as decimal(6, 3)) as failure_rate
    from ranked

)

select * from final
