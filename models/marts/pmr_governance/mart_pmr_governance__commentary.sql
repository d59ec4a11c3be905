-- Grain: one row per measure, with a subject or without, and region, or `ALL`, that something was written of.
with

commentary as (

    select * from {{ ref('fct_commentary') }}

),

final as (

    select
        month as reporting_month,
        measure_id,
        coalesce(csp_region, 'ALL') as segment,
        commentary as text
    from commentary
    where month = '{{ var("reporting_month") }}'

)

select * from final
