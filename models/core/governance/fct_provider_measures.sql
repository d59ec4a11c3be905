-- Grain: one row per measure as a provider reported it, month and region.
with

provider_measures as (

    select * from {{ ref('stg_provider_measures') }}

),

final as (

    select
        measure_id,
        {{ figure_of('measure_id') }} as figure_id,
        {{ subject_of('measure_id') }} as subject,
        month,
        csp_region,
        service_provider,
        numerator,
        denominator,
        service_credit_pence
    from provider_measures

)

select * from final
