{#- Relations that hooks make, and what each engine does with tables that DuckDB brings up to date in place. -#}

{#- Puts a view in the place of the one that there may be. -#}
{% macro put_view(name, sql) -%}
    {%- do run_query('create or replace view ' ~ name ~ ' as ' ~ sql) -%}
{%- endmacro %}


{#- Puts a table in the place of the one that there may be. -#}
{% macro put_table(name, sql) -%}
    {%- do adapter.dispatch('put_table')(name, sql) -%}
{%- endmacro %}

{% macro duckdb__put_table(name, sql) -%}
    {%- do run_query('create or replace table ' ~ name ~ ' as ' ~ sql) -%}
{%- endmacro %}

{#- A table of plain Parquet cannot be replaced. -#}
{% macro spark__put_table(name, sql) -%}
    {%- call statement('drop') -%} drop table if exists {{ name }} {%- endcall -%}
    {%- set schema, identifier = (name | replace('`', '')).split('.') -%}
    {%- call statement('put_table') -%}
        create table {{ name }} using parquet {{ spark__location(schema, identifier) }} as {{ sql }}
    {%- endcall -%}
{%- endmacro %}


{#- Where a table lies: `car` reads it there. By hand (`dbt build --target spark`) Spark finds a place. -#}
{% macro spark__location(schema, identifier) -%}
    {%- set folder = env_var('CAR_SPARK_WAREHOUSE', '') -%}
    {%- if folder -%} location {{ spark__text_literal(folder ~ '/' ~ schema ~ '/' ~ identifier) }} {%- endif -%}
{%- endmacro %}


{#- What dbt-spark writes of a model's table: plain Parquet, in its place, without the words of its yml, which nobody
    reads there, and without constraints, which Parquet does not have. Data tests hold what the constraints say. -#}
{% macro spark__file_format_clause() -%}
    using parquet
{%- endmacro %}

{% macro spark__location_clause() -%}
    {{ spark__location(model.schema, model.alias) }}
{%- endmacro %}

{% macro spark__comment_clause() -%}
{%- endmacro %}

{% macro spark__persist_constraints(relation, model) -%}
{%- endmacro %}

{% macro spark__persist_docs(relation, model, for_relation, for_columns) -%}
{%- endmacro %}

{% macro spark__create_view_as(relation, sql) -%}
    create or replace view {{ relation }} as
    {{ sql }}
{%- endmacro %}


{#- Whether tables are brought up to date, so that something has to be kept beside them (docs/incremental.md). -#}
{% macro has_bookkeeping() -%}
    {%- do return(adapter.dispatch('has_bookkeeping')()) -%}
{%- endmacro %}

{% macro duckdb__has_bookkeeping() -%}
    {%- do return(true) -%}
{%- endmacro %}

{% macro spark__has_bookkeeping() -%}
    {%- do return(false) -%}
{%- endmacro %}


{#- In Spark a table that DuckDB brings up to date is made of all that it reads. -#}
{% macro spark__built_whole() -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {% call statement('main') -%}
        {{ create_table_as(false, target_relation, sql) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}

{% materialization table_by_key, adapter='spark' %}
    {{ return(spark__built_whole()) }}
{% endmaterialization %}

{% materialization landed_by_file, adapter='spark' %}
    {{ return(spark__built_whole()) }}
{% endmaterialization %}


{#- The rows of a seed. dbt-spark's own macro writes null as the text 'None', whole numbers with a fraction, and
    apostrophes as they are. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set insert -%}
        insert into {{ this.render() }}
        select
        {%- for name in agate_table.column_names %}
            cast(col{{ loop.index }} as {{ types.get(name, 'string') }}) as {{ spark__quoted(name) }}{{ ',' if not loop.last }}
        {%- endfor %}
        from values
        {%- for row in agate_table.rows %}
            (
            {%- for value in row -%}
                {{ 'null' if value is none else spark__text_literal(value | string) }}{{ ', ' if not loop.last }}
            {%- endfor -%}
            ){{ ',' if not loop.last }}
        {%- endfor %}
    {%- endset -%}
    {%- do adapter.add_query(insert, abridge_sql_log=True) -%}
    {{ return(insert) }}
{% endmacro %}
