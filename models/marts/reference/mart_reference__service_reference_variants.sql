-- Reference: the code list of Service Reference Variants, with names.
-- Grain: one row per Service Reference Variant (SRV) of the code list.
with

codes as (

    select * from {{ ref('service_reference_variants') }}

),

final as (

    select
        srv,
        srv_name as name,
        cast(null as string) as description
    from codes

)

select * from final
