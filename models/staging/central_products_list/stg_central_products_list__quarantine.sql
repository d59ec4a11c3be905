-- Grain: one row per record of the central_products_list feed that was refused.
with

landed as (

    select * from {{ source('landing', 'central_products_list') }}

),

outcomes as (

    select * from {{ ref('stg_central_products_list__landed') }}

),

final as (

    {{ quarantine('central_products_list', 'landed', 'outcomes') }}

)

select * from final
