{#- A value of a unit test in the type of its column. A list is written as DuckDB reads it, `[a, b]`, which Spark casts to none:
    its words are taken for texts. dbt asks for this word of each value, and has one of its own for Spark.

    field   the value, as SQL
    type   of the column -#}
{% macro spark__safe_cast(field, type) -%}
    {%- set words = [] -%}
    {%- set is_list = type.startswith('array') and field is string and field.startswith("'[") -%}
    {%- for word in (field[2:-2].split(',') if is_list else []) if word.strip() -%}
        {%- do words.append(spark__text_literal(word.strip())) -%}
    {%- endfor -%}
    cast({{ spark__literal_list(words) if is_list else field }} as {{ type }})
{%- endmacro %}
