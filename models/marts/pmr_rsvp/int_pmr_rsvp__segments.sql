-- Grain: one row per region (SMETS1 is one) and segment of the report that has its requests: itself, and SMETS2.
with

segments as (

    select * from {{ ref('segments') }}

),

final as (

    select
        segment as region,
        segment
    from segments
    where is_region or smets_version = 'SMETS1'

    union all

    select
        segment as region,
        'SMETS2' as segment
    from segments
    where is_region

)

select * from final
