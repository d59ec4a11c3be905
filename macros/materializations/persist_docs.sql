{#- The descriptions of a relation and of its columns as comments in the database, all in one statement. What is
    described has to be there: dbt's own macro asks the database twice for its columns first, and leaves out others. A
    mark, behind the description, is put there in any case. -#}
{% macro duckdb__persist_docs(relation, model, for_relation=true, for_columns=true, mark='') -%}
    {%- set comments = [] -%}
    {%- if mark or (for_relation and config.persist_relation_docs()) -%}
        {%- do comments.append(duckdb__alter_relation_comment(relation, (model.description ~ ' ' ~ mark) | trim)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for column in model.columns.values() -%}
            {%- do comments.append(
                'comment on column ' ~ relation ~ '.' ~ adapter.quote(column.name)
                ~ ' is ' ~ duckdb_escape_comment(column.description) ~ ';'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if comments -%}
        {%- call statement('comments') -%}
            {{ comments | join('\n') }}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
