-- Grain: one row per measure, month and region.
with

commentary as (

    select * from {{ ref('stg_commentary') }}

),

final as (

    select
        measure_id,
        {{ figure_of('measure_id') }} as figure_id,
        {{ subject_of('measure_id') }} as subject,
        month,
        csp_region,
        text as commentary
    from commentary

)

select * from final
