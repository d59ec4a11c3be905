-- Grain: one row per measure, month and region: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_provider_measures__landed') }}

),

final as (

    select
        recorded_at,
        measure_id,
        month,
        csp_region,
        service_provider,
        numerator,
        denominator,
        service_credit_pence
    from outcomes
    where outcome = 'accepted'

)

select * from final
