{{ config(group='reporting') }}
-- The own place and the last place of its tie are those that the recipient counts in its league. A restatement that
-- keeps a league of before there was a last place has none.
with

leagues as (

    select * from {{ ref('mart_r2__league_table') }}

),

benchmarks as (

    select * from {{ ref('mart_r2__benchmark') }}

),

places as (

    select
        party_id,
        role,
        business_process,
        srv,
        rank,
        rank + count(*) - 1 as rank_last
    from leagues
    where rank is not null
    group by
        party_id,
        role,
        business_process,
        srv,
        rank
    having count(*) filter (where is_recipient) > 0

)

select
    benchmarks.party_id,
    benchmarks.role,
    benchmarks.business_process,
    benchmarks.srv,
    benchmarks.own_rank,
    benchmarks.own_rank_last
from benchmarks
left join places
    on
        benchmarks.party_id = places.party_id
        and benchmarks.role = places.role
        and benchmarks.business_process = places.business_process
        and benchmarks.srv = places.srv
where
    benchmarks.own_rank is distinct from places.rank
    or (benchmarks.own_rank_last is not null and benchmarks.own_rank_last is distinct from places.rank_last)
