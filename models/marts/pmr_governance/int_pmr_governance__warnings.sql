-- Grain: one row per warning of governance for reconciliation.csv.
with

exceptions as (

    select * from {{ ref('mart_pmr_governance__exceptions') }}

),

provider_figures as (

    select * from {{ ref('int_pmr_governance__provider_figures') }}

),

final as (

    select
        'exception_governed' as check_name,
        exception_id as subject,
        refusal as detail
    from exceptions
    where not is_applied

    union all

    select
        'unknown_provider_measure' as check_name,
        measure_id as subject,
        cast(count(*) as string) as detail
    from provider_figures
    where not is_known
    group by measure_id

)

select * from final
