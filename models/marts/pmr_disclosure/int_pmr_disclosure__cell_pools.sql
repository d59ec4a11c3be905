-- Grain: one row per cell of the industry report: its number, its rows by group, and whether it passes alone.
with

pools as (

    select * from {{ ref('int_pmr_disclosure__pools') }}

),

by_group as (

    select
        {{ pmr_cell_key() | join(',\n        ') }},
        corporate_group,
        cast(sum(row_count) as bigint) as row_count,
        case when corporate_group is not null then cast(sum(row_count) as bigint) else 0 end as group_row_count,
        {{ pmr_share_sums() }}
    from pools
    group by
        {{ pmr_cell_key() | join(',\n        ') }},
        corporate_group

),

cells as (

    select
        {{ pmr_cell_key() | join(',\n        ') }},
        cast(sum(row_count) as bigint) as row_count,
        {{ disclosure_pool('group_row_count', 'cell') }},
        {{ pmr_share_sums() }}
    from by_group
    group by
        {{ pmr_cell_key() | join(',\n        ') }}

),

final as (

    select
        -- In the order of the names: of two parts with as many rows the smaller number is the smaller name.
        row_number() over (order by {{ pmr_cell_key() | join(', ') }}) as cell_id,
        cells.*,
        {{ pmr_passes('cell', 'true') }} as passes_alone
    from cells

)

select * from final
