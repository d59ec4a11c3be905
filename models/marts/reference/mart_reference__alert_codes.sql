-- Reference: the code list of alert codes, with names.
-- Grain: one row per alert code of the code list.
with

codes as (

    select * from {{ ref('alert_codes') }}

),

final as (

    select
        alert_code,
        alert_name as name,
        cast(null as string) as description
    from codes

)

select * from final
