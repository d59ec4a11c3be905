{#- Relations that hooks make, and what each engine does with tables that DuckDB brings up to date in place. -#}

{#- Puts a view in the place of the one that there may be. -#}
{% macro put_view(name, sql) -%}
    {%- do run_query('create or replace view ' ~ name ~ ' as ' ~ sql) -%}
{%- endmacro %}


{#- Puts a table in the place of the one that there may be.

    folder   of the warehouse, where tables are files; empty: that of its schema. One that begins with a dot is emptied
             after the build -#}
{% macro put_table(name, sql, folder='') -%}
    {%- do adapter.dispatch('put_table')(name, sql, folder) -%}
{%- endmacro %}

{% macro duckdb__put_table(name, sql, folder) -%}
    {%- do run_query('create or replace table ' ~ name ~ ' as ' ~ sql) -%}
{%- endmacro %}

{#- A table of plain Parquet cannot be replaced. -#}
{% macro spark__put_table(name, sql, folder) -%}
    {%- call statement('drop') -%} drop table if exists {{ name }} {%- endcall -%}
    {%- set schema, identifier = (name | replace('`', '')).split('.') -%}
    {%- call statement('put_table') -%}
        create table {{ name }} using parquet {{ spark__location(folder or schema, identifier) }} as {{ sql }}
    {%- endcall -%}
{%- endmacro %}


{#- Where a table lies: `car` reads it there. By hand (`dbt build --target spark`) Spark finds a place. -#}
{% macro spark__location(folder_of_schema, identifier) -%}
    {%- set folder = env_var('CAR_TABLES', '') -%}
    {%- if folder -%} location {{ spark__text_literal(folder ~ '/' ~ folder_of_schema ~ '/' ~ identifier) }} {%- endif -%}
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

{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if temporary -%}
        {%- do return(create_temporary_view(relation, compiled_code)) -%}
    {%- endif -%}
    create table {{ relation }}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(compiled_code) }}
        {%- set compiled_code = get_select_subquery(compiled_code) -%}
    {%- endif %}
    {{ file_format_clause() }}
    {{ location_clause() }}
    as
    {{ spark__stored_turns(relation, compiled_code) }}
{%- endmacro %}


{#- The SQL of a model without its turns (see before_turns): what comes of each is stored in a table, which all after it
    read. Where a turn has changed nothing, the later ones are what it is. -#}
{% macro spark__stored_turns(relation, sql) -%}
    {%- set halves = sql.split('/* turns */') -%}
    {%- if halves | length == 1 -%}
        {%- do return(sql) -%}
    {%- endif -%}
    {#- By threes: the text of a turn's CTEs, the name of the last one, and that of the one to compare it with. -#}
    {%- set turns = modules.re.split('/[*] turn (\\w+) since (\\w+) [*]/', halves[1]) -%}
    {%- set so_far = namespace(sql=halves[0], settled=none, last_turn=-1) -%}
    {%- for name in turns[1::3] if turns[3 * turns[1::3].index(name) + 2] != name -%}
        {%- set so_far.last_turn = turns[1::3].index(name) -%}
    {%- endfor -%}
    {%- for name in turns[1::3] -%}
        {%- set since = turns[3 * loop.index0 + 2] -%}
        {%- if so_far.settled is none or loop.index0 > so_far.last_turn -%}
            {%- set stored = relation.schema ~ '.' ~ relation.identifier ~ '__' ~ name -%}
            {%- do put_table(
                stored, so_far.sql ~ turns[3 * loop.index0].strip().rstrip(',') ~ ' select * from ' ~ name, '.turns'
            ) -%}
            {%- set so_far.sql = so_far.sql ~ name ~ ' as (select * from ' ~ stored ~ '),' -%}
            {%- if since != name and not run_query(
                so_far.sql.rstrip(',') ~ ' select 1 from (select * from ' ~ name ~ ' except select * from ' ~ since
                ~ ') as changed limit 1'
            ).rows | length -%}
                {%- set so_far.settled = stored -%}
            {%- endif -%}
        {%- elif since != name -%}
            {%- set so_far.sql = so_far.sql ~ name ~ ' as (select * from ' ~ so_far.settled ~ '),' -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(so_far.sql ~ turns[-1]) -%}
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
