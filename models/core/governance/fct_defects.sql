-- Grain: one row per defect.
with

defects as (

    select * from {{ ref('stg_defects') }}

),

final as (

    select
        defect_id,
        severity,
        released_on,
        accepted_on,
        closed_on
    from defects

)

select * from final
