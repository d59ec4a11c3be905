-- Grain: one row per region.
with

regions as (

    select * from {{ ref('regions') }}

),

final as (

    select
        cast(row_number() over (order by region) as tinyint) as region_key,
        region,
        is_csp_region
    from regions

)

select * from final
