-- Grain: one row per cell of the industry report, by its number, and corporate group with rows in it.
with

pools as (

    select * from {{ ref('int_pmr_disclosure__pools') }}

),

cells as (

    select * from {{ ref('int_pmr_disclosure__cell_pools') }}

),

final as (

    select
        cells.cell_id,
        pools.corporate_group,
        cast(sum(pools.row_count) as bigint) as row_count
    from pools
    inner join cells
        on {{ is_same_in('pools', 'cells', pmr_cell_key()) }}
    where pools.corporate_group is not null and pools.row_count > 0
    group by
        cells.cell_id,
        pools.corporate_group

)

select * from final
