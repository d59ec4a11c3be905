-- Grain: one row per cell that the section has shown or withheld, and corporate group with rows in it (null: those of
-- none).
with

rectangle as (

    select *
    from {{ ref('int_pmr_outcomes__rectangle') }}
    where family = cell_family

),

group_cells as (

    select *
    from {{ ref('int_pmr_outcomes__group_cells') }}
    where family = cell_family

),

counted as (

    select
        {{ pmr_cell_key() | join(',\n        ') }},
        corporate_group,
        {{ outcome_counts() | join(',\n        ') }}
    from group_cells

    union all

    -- A cell without rows has one too.
    select
        {{ pmr_cell_key() | join(',\n        ') }},
        null as corporate_group,
        {{ each_outcome_count('0') }}
    from rectangle

),

summed as (

    select
        {{ pmr_cell_key() | join(',\n        ') }},
        corporate_group,
        {{ outcome_count_sums() }}
    from counted
    group by
        {{ pmr_cell_key() | join(',\n        ') }},
        corporate_group

),

pooled as (

    select
        {{ pmr_cell_key() | join(',\n        ') }},
        corporate_group,
        group_row_count as row_count,
        {{ outcome_share_columns() }}
    from summed

),

final as (

    select {{ pmr_pool_columns() | join(', ') }}
    from pooled

)

select * from final
