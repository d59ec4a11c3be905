{{ config(group='reporting') }}
-- The values of each dimension of diagnosis.csv have the requests and the failures that benchmark.csv says of the
-- process and SRV. Those of trt_s may have fewer: a request without a target has no value.
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

),

diagnosis as (

    select
        party_id,
        role,
        business_process,
        srv,
        dimension,
        sum(own_volume) as own_volume,
        sum(own_volume * (1 - own_success_rate)) as failure_count,
        -- Rates are rounded to 6 decimals.
        sum(own_volume) * 0.000001 as leeway
    from {{ ref('mart_r2__diagnosis') }}
    group by
        party_id,
        role,
        business_process,
        srv,
        dimension

)

select
    benchmark.party_id,
    benchmark.role,
    benchmark.business_process,
    benchmark.srv,
    diagnosis.dimension,
    benchmark.own_volume,
    diagnosis.own_volume as summed_volume
from benchmark
left join diagnosis
    on
        benchmark.party_id = diagnosis.party_id
        and benchmark.role = diagnosis.role
        and benchmark.business_process = diagnosis.business_process
        and benchmark.srv = diagnosis.srv
where
    diagnosis.dimension is null
    or diagnosis.own_volume > benchmark.own_volume
    or (
        diagnosis.dimension != 'trt_s'
        and (
            diagnosis.own_volume != benchmark.own_volume
            or abs(diagnosis.failure_count - benchmark.failure_count) > diagnosis.leeway
        )
    )
