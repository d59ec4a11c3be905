-- Grain: one row per cell of the industry report: whether its figures are shown.
with

cells as (

    select * from {{ ref('int_pmr_disclosure__cell_pools') }}

),

holders as (

    select * from {{ ref('int_pmr_disclosure__holders') }}

),

sole_parts as (

    select * from {{ ref('int_pmr_disclosure__sole_parts') }}

),

settled as (

    select * from {{ ref('int_pmr_disclosure__install_region_days') }}

),

{{ pmr_shown('last', 'settled') }},

final as (

    select
        cells.cell_id,
        {%- for column in pmr_cell_key() %}
        cells.{{ column }},
        {%- endfor %}
        cells.row_count > 0 as has_rows,
        last_shown.is_known,
        -- An empty cell tells of nobody, unless all of its table is withheld.
        not settled.is_blank and (cells.row_count = 0 or last_shown.is_shown) as is_shown
    from cells
    inner join settled
        on cells.cell_id = settled.cell_id
    inner join last_shown
        on cells.cell_id = last_shown.cell_id

)

select * from final
