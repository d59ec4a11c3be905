-- Grain: one row per line of cells that add up to a total, and part of it with rows.
with

cells as (

    select * from {{ ref('int_pmr_disclosure__cell_pools') }}

),

parts as (

    {% for kind in pmr_line_kinds() -%}
    {{ 'union all ' if not loop.first }}select
        '{{ kind.stage }}' as settled_in,
        '{{ kind.side }}' as side,
        {{ kind.get('level') or 0 }} as level,
        '{{ kind.name }}' as kind,
        {{ pmr_table_id(kind) }} as table_id,
        {{ "'" ~ kind.get('rest') ~ "'" if kind.get('rest') else 'cast(null as string)' }} as rest_column,
        {{ 'parts.split' if kind.get('by_split') else "''" }} as split_of_parts,
        {{ 'true' if kind.get('public') else 'false' }} as is_total_public,
        {{ 'true' if kind.get('given') or kind.get('public') else 'false' }} as is_total_given,
        {{ 'false' if kind.get('measures') else 'true' }} as is_of_one_measure,
        {{ 'true' if kind.get('unlisted') else 'false' }} as is_unlisted,
        {%- for column in pmr_cell_key() %}
        {{ kind.total.get(column) or 'parts.' ~ column }} as total_{{ column }},
        {%- endfor %}
        parts.cell_id as part_id
    from cells as parts
    where parts.row_count > 0 and {{ kind.parts }}
    {% endfor %}

),

with_total as (

    select
        parts.*,
        totals.cell_id as total_id,
        count(*) over (
            partition by
                parts.kind,
                parts.split_of_parts,
                parts.total_{{ pmr_cell_key() | join(', parts.total_') }}
        ) as part_count
    from parts
    left join cells as totals
        on
            not parts.is_total_public
            {%- for column in pmr_cell_key() %}
            and parts.total_{{ column }} = totals.{{ column }}
            {%- endfor %}
    where parts.is_total_public or totals.cell_id is not null

),

final as (

    select
        settled_in,
        side,
        level,
        kind,
        table_id,
        rest_column,
        dense_rank() over (
            order by
                kind,
                split_of_parts,
                total_{{ pmr_cell_key() | join(', total_') }}
        ) as line_id,
        {%- for column in pmr_cell_key() %}
        total_{{ column }},
        {%- endfor %}
        total_id,
        part_id,
        is_total_given,
        is_of_one_measure,
        part_count = 1 and not is_unlisted as is_sole_part,
        part_count > 1 or is_unlisted as is_of_several_parts
    from with_total

)

select * from final
