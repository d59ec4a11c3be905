-- Grain: one row per recipient, business process and SRV, as published for the month before the reporting month.
with

benchmarks as (

    select * from {{ ref('stg_previous_benchmarks') }}

),

final as (

    select
        party_id,
        role,
        business_process,
        srv,
        own_volume,
        own_success_rate,
        {{ failures_by_rate('own_volume', 'own_success_rate') }} as own_failure_count
    from benchmarks
    where reporting_month = '{{ month_before() }}'

)

select * from final
