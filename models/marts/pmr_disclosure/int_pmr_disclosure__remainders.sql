-- Grain: one row per row `Withheld` of the industry report, the withheld parts of a line together, and term of its
-- figures: the total (1) and the shown parts (-1).
{%- set key = pmr_cell_key() %}
{%- set varying = ['item', 'segment', 'split', 'split_value'] %}
with

all_cells as (

    select * from {{ ref('int_pmr_disclosure__cells') }}

),

cells as (

    select * from {{ ref('int_pmr_disclosure__cell_pools') }}

),

pools as (

    select * from {{ ref('int_pmr_disclosure__group_pools') }}

),

lines as (

    select * from {{ ref('int_pmr_disclosure__lines') }}
    where rest_column is not null

),

last_shown as (

    select
        cell_id,
        is_shown,
        is_known
    from all_cells

),

{{ pmr_rests('last', 'true', 'last_shown') }},

falling as (

    select line_id
    from last_rests
    where step = 0 and not is_standing

),

parts as (

    select
        lines.*,
        {%- for column in key %}
        cells.{{ column }} as part_{{ column }},
        {%- endfor %}
        cells.is_shown
    from lines
    inner join all_cells as cells
        on lines.part_id = cells.cell_id

),

rests as (

    select
        parts.line_id,
        parts.rest_column,
        {%- for column in key %}
        min(parts.total_{{ column }}) as total_{{ column }},
        {%- endfor %}
        min(parts.part_family) as family,
        min(parts.part_business_process) as business_process,
        case when parts.rest_column = 'item' then 'Withheld' else min(parts.part_item) end as item,
        case when parts.rest_column = 'segment' then 'Withheld' else min(parts.part_segment) end as segment,
        min(parts.part_split) as split,
        case when parts.rest_column = 'split_value' then 'Withheld' else min(parts.part_split_value) end as split_value
    from parts
    left join all_cells as totals
        on parts.total_id = totals.cell_id
    left join falling
        on parts.line_id = falling.line_id
    where coalesce(totals.is_shown, true) and falling.line_id is null
    group by
        parts.line_id,
        parts.rest_column
    having bool_or(parts.is_shown) and not bool_and(parts.is_shown)

),

final as (

    select
        {%- for column in key %}
        rests.{{ column }},
        {%- endfor %}
        {%- for column in varying %}
        rests.total_{{ column }} as term_{{ column }},
        {%- endfor %}
        1 as term_sign
    from rests

    union all

    select
        {%- for column in key %}
        rests.{{ column }},
        {%- endfor %}
        {%- for column in varying %}
        parts.part_{{ column }} as term_{{ column }},
        {%- endfor %}
        -1 as term_sign
    from rests
    inner join parts
        on rests.line_id = parts.line_id
    where parts.is_shown

)

select * from final
