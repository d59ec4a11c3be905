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

judged as (

    select
        cells.cell_id,
        {%- for column in pmr_cell_key() %}
        cells.{{ column }},
        {%- endfor %}
        cells.row_count > 0 as has_rows,
        cells.passes_alone,
        last_shown.is_known,
        -- An empty cell tells of nobody, unless all of its table is withheld.
        not settled.is_blank and (cells.row_count = 0 or last_shown.is_shown) as is_shown,
        case
            when cells.family like 'rsvp:%' then 'rsvp'
            when cells.family like 'alerts:%' then 'alerts'
        end as timed_family
    from cells
    inner join settled
        on cells.cell_id = settled.cell_id
    inner join last_shown
        on cells.cell_id = last_shown.cell_id

),

final as (

    -- Times are shown with the cell whose rows they are of, where the measured rows pass too.
    select
        judged.cell_id,
        {%- for column in pmr_cell_key() %}
        judged.{{ column }},
        {%- endfor %}
        judged.has_rows,
        judged.is_known,
        case
            when judged.timed_family is null then judged.is_shown
            else coalesce(timed.is_shown, true) and (judged.passes_alone or not judged.has_rows)
        end as is_shown
    from judged
    left join judged as timed
        on
            judged.timed_family = timed.family
            {%- for column in pmr_cell_key() if column != 'family' %}
            and judged.{{ column }} = timed.{{ column }}
            {%- endfor %}

)

select * from final
