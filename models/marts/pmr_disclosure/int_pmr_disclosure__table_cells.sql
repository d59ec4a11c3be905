-- Grain: one row per table of the industry report and cell inside its margins, be it empty.
with

cells as (

    select * from {{ ref('int_pmr_disclosure__cell_pools') }}

),

final as (

    {% for kind in pmr_line_kinds() if kind.side == 'row' -%}
    {{ 'union all ' if not loop.first }}select
        {{ pmr_table_id(kind) }} as table_id,
        parts.cell_id
    from cells as parts
    where {{ kind.parts }}
    {% endfor %}

)

select * from final
