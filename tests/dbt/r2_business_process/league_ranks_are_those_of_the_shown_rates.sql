{{ config(group='reporting') }}
-- In a league each rank is one more than the number of better rates that are ranked in the same file.
with

leagues as (

    select
        party_id,
        role,
        business_process,
        srv,
        rank,
        success_rate,
        count(*) as party_count
    from {{ ref('mart_r2__league_table') }}
    where rank is not null
    group by
        party_id,
        role,
        business_process,
        srv,
        rank,
        success_rate

),

expected as (

    select
        leagues.*,
        1 + coalesce(
            sum(party_count) over (
                partition by party_id, role, business_process, srv
                order by success_rate desc
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as expected_rank
    from leagues

)

select *
from expected
where rank != expected_rank
