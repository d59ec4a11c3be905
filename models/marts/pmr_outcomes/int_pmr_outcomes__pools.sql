-- Grain: one row per cell of the section that is not shown whole, and corporate group with rows in it (null: of no group).
with

rectangle as (

    select *
    from {{ ref('int_pmr_outcomes__rectangle') }}
    where not is_shown_whole

),

group_cells as (

    select *
    from {{ ref('int_pmr_outcomes__group_cells') }}
    where not is_shown_whole

),

{#- The shares that the cells of a family show: the parts; the whole is what is decided. -#}
{%- set decided = '(row_count - pending_count)' -%}
{%- set shares = {
    'PP1': ['success_count'],
    'PP1.2': ['first_count', 'first_count + second_count', 'success_count - first_count - second_count', 'failure_count'],
    'CoS1': ['success_count + rescued_count', 'success_count'],
    'B1': ['success_count'],
    'DF1.1:devices': ['success_count'],
    'DF1.1:hubs': ['success_count'],
    'DF2': ['success_count'],
    'TR1:devices_2_2': ['group_success_count'],
    'TR1:devices_6_23': ['group_success_count'],
} -%}
pooled as (

    select
        {{ pmr_cell_key() | join(',\n        ') }},
        corporate_group,
        group_row_count as row_count,
        {%- for number in range(1, 5) %}
        case family
            {%- for family, parts in shares.items() if parts | length >= number %}
            when '{{ family }}' then {{ parts[number - 1] }}
            {%- endfor %}
        end as share_{{ number }}_part,
        case family
            {%- for family, parts in shares.items() if parts | length >= number %}
            when '{{ family }}' then {{ 'group_row_count' if parts[0].startswith('group_') else decided }}
            {%- endfor %}
        end as share_{{ number }}_whole{{ ',' if not loop.last }}
        {%- endfor %}
    from group_cells

    union all

    -- Each cell has a row.
    select
        {{ pmr_cell_key() | join(',\n        ') }},
        null as corporate_group,
        0 as row_count,
        {%- for number in range(1, 5) %}
        null as share_{{ number }}_part,
        null as share_{{ number }}_whole{{ ',' if not loop.last }}
        {%- endfor %}
    from rectangle

),

final as (

    select
        {%- for column, data_type in pmr_pool_columns().items() %}
        cast({{ column }} as {{ data_type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from pooled

)

select * from final
