{{ config(group='reporting') }}
-- failures.csv has as many failures of a process and SRV as volume times (1 - success rate) of benchmark.csv says.
with

benchmark as (

    select
        party_id,
        role,
        business_process,
        srv,
        own_volume,
        own_volume * (1 - own_success_rate) as failure_count
    from {{ ref('mart_r2__benchmark') }}
    where srv != 'ALL'

),

failures as (

    select
        party_id,
        role,
        business_process,
        srv,
        sum(failure_count) as failure_count,
        sum(share_of_failures) as share_of_failures,
        -- Each share is rounded to 6 decimals; a national month has thousands of rows in a process and SRV.
        0.0000005 * count(*) as leeway
    from {{ ref('mart_r2__failures') }}
    group by
        party_id,
        role,
        business_process,
        srv

)

select
    benchmark.party_id,
    benchmark.role,
    benchmark.business_process,
    benchmark.srv,
    benchmark.failure_count,
    failures.failure_count as summed_count,
    failures.share_of_failures
from benchmark
full outer join failures
    on
        benchmark.party_id = failures.party_id
        and benchmark.role = failures.role
        and benchmark.business_process = failures.business_process
        and benchmark.srv = failures.srv
where
    -- The rate is rounded to 6 decimals.
    benchmark.srv is null
    or abs(benchmark.failure_count - coalesce(failures.failure_count, 0)) > benchmark.own_volume * 0.000001
    or abs(failures.share_of_failures - 1) > failures.leeway
