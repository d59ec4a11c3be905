{#- The descriptions of a relation and of its columns as comments in the database, all in one statement. What is
    described has to be there: dbt's own macro asks the database twice for its columns first, and leaves out others. -#}
{% macro duckdb__persist_docs(relation, model, for_relation=true, for_columns=true, mark='') -%}
    {%- call statement('comments') -%}
        {%- if for_relation and config.persist_relation_docs() %}
        {{ duckdb__alter_relation_comment(relation, (model.description ~ ' ' ~ mark) | trim) }}
        {%- endif -%}
        {%- if for_columns and config.persist_column_docs() %}
        {%- for column in model.columns.values() %}
        comment on column {{ relation }}.{{ adapter.quote(column.name) }}
        is {{ duckdb_escape_comment(column.description) }};
        {%- endfor -%}
        {%- endif %}
    {%- endcall -%}
{%- endmacro %}
