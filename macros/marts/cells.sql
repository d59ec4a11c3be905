{#- A cell is what a figure is about: its columns tell it from all others. -#}

{#- True when rows of two relations are of one cell; nulls are values. -#}
{% macro is_same_in(rows, cells, cell) -%}
    {%- for column in cell %}
            {{ 'and ' if not loop.first }}{{ rows }}.{{ column }} is not distinct from {{ cells }}.{{ column }}
    {%- endfor %}
{%- endmacro %}
