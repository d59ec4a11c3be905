-- Grain: one row per incident: what it is called, and what it touched.
with

incidents as (

    select * from {{ ref('stg_incidents') }}

),

final as (

    select
        incident_id,
        title,
        category,
        service,
        csp_region
    from incidents

)

select * from final
