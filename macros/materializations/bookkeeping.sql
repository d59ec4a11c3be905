{#- What a table was built from, kept beside it in schema `bookkeeping`, so that the next build can tell what came
    since. It is written in the transaction that writes the table: either both hold or neither.

    A table is built anew from all that it reads, unless its state has
      the fingerprint of now: of the code (var code_fingerprint, which `car` gives; plain dbt gives none and builds
        anew), of the model's SQL, and of every row of the models that it reads whole; and
      the token that stands in the table's comment: so it is the very table that the state is of, whatever other
        code, or dbt by hand, has put in its place meanwhile. -#}

{#- What was built or tested by other code is forgotten, and the tables with it, whatever columns they had. -#}
{% macro register_bookkeeping() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'seed', 'snapshot'] -%}
        {%- do run_query('create schema if not exists bookkeeping') -%}
        {%- do run_query('create table if not exists bookkeeping.code (fingerprint varchar)') -%}
        {%- set of_this_code = run_query(
            "select count(*) from bookkeeping.code where fingerprint = '" ~ var('code_fingerprint') ~ "'"
        ).rows[0][0] -%}
        {%- if flags.FULL_REFRESH or not var('code_fingerprint') or not of_this_code -%}
            {%- do run_query(
                "create or replace table bookkeeping.code as select '" ~ var('code_fingerprint') ~ "' as fingerprint"
            ) -%}
            {#- Which nodes have passed, as decided by what: `car` keeps it, and leaves them out while they stand so. -#}
            {%- do run_query('create or replace table bookkeeping.passed (node varchar, decided_by varchar)') -%}
            {%- do run_query(
                'create or replace table bookkeeping.tested'
                ~ ' (model varchar, test varchar, token varchar, build integer)'
            ) -%}
        {%- endif -%}
    {%- endif -%}
    select 1
{% endmacro %}


{#- Keeps up to which build of the table that they are stored in the rows of a model have passed a test. -#}
{% macro keep_tested(results) %}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set states = {} -%}
        {%- set passed = [] -%}
        {%- for result in results if result.status == 'pass' -%}
            {%- set test = graph.nodes.get(result.node.unique_id, {}) -%}
            {%- if (test.get('test_metadata') or {}).get('kwargs', {}).get('stored_in') -%}
                {%- set name = graph.nodes[test.attached_node].name -%}
                {%- set table = stored_in(name) -%}
                {%- do states.update({table: recalled_state(model_relation(table))}) if table not in states -%}
                {%- if states[table] is not none -%}
                    {%- set values = [name, test.test_metadata.name, states[table].token] | join("', '") -%}
                    {%- do passed.append("('" ~ values ~ "', " ~ states[table].build ~ ')') -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if passed -%}
            {%- do run_query('create or replace temp table passed as from bookkeeping.tested limit 0') -%}
            {%- do run_query('insert into passed values ' ~ passed | join(', ')) -%}
            {%- do run_query(
                'delete from bookkeeping.tested where (model, test) in (select (model, test) from passed)'
            ) -%}
            {%- do run_query('insert into bookkeeping.tested from passed') -%}
        {%- endif -%}
    {%- endif -%}
    select 1
{% endmacro %}


{#- The build of the table that a model's rows are stored in up to which they have passed a test; 0 for none, and
    where another table stands in its place since. -#}
{% macro tested_build(model, test, table) -%}
    {%- set state = recalled_state(table) -%}
    {%- if state is none -%}
        {%- do return(0) -%}
    {%- endif -%}
    {%- do return(run_query(
        "select coalesce(max(build), 0) from bookkeeping.tested where model = '" ~ model.identifier
        ~ "' and test = '" ~ test ~ "' and token = '" ~ state.token ~ "'"
    ).rows[0][0] | int) -%}
{%- endmacro %}


{#- A table that is kept beside another. -#}
{% macro bookkeeping(relation, what) -%}
    {%- do return('bookkeeping.' ~ relation.identifier ~ '__' ~ what) -%}
{%- endmacro %}


{#- A model that reads some models whole is another when any row of theirs is. -#}
{% macro build_fingerprint(sql, names) -%}
    {%- set parts = [var('code_fingerprint'), sql] -%}
    {%- for name in names -%}
        {%- set query = 'select cast(' ~ rows_hash() ~ ' as varchar) from ' ~ model_relation(name) ~ ' as record' -%}
        {%- do parts.append(run_query(query).rows[0][0]) -%}
    {%- endfor -%}
    {%- do return(local_md5(parts | join('/'))) -%}
{%- endmacro %}


{#- One number for all rows of a relation with the alias `record`, in any order, each as often as it is there. -#}
{% macro rows_hash() -%}
    coalesce(sum(cast(hash(record) as hugeint)), 0)
{%- endmacro %}


{#- The state of a table, {fingerprint, token, build, as_of, followed}; none where there is none of this very table,
    or where other code kept other columns. -#}
{% macro recalled_state(relation) -%}
    {%- set state = bookkeeping(relation, 'state') -%}
    {%- set columns = ['fingerprint', 'token', 'build', 'as_of', 'followed'] -%}
    {%- set kept_columns = run_query(
        "select count(*) from duckdb_columns() where database_name = current_database()"
        ~ " and schema_name || '.' || table_name = '" ~ state ~ "'"
        ~ " and column_name in ('" ~ columns | join("', '") ~ "')"
    ).rows[0][0] -%}
    {%- if kept_columns != columns | length -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set rows = run_query(
        'select state.' ~ columns | join(', state.') ~ ' from ' ~ state ~ ' as state'
        ~ ' inner join duckdb_tables() as tables on contains(tables.comment, state.token)'
        ~ " where tables.database_name = current_database() and tables.schema_name = '" ~ relation.schema
        ~ "' and tables.table_name = '" ~ relation.identifier ~ "'"
    ).rows -%}
    {%- if rows | length != 1 -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set recalled = dict(zip(columns, rows[0])) -%}
    {%- do recalled.update({'followed': fromjson(recalled.followed)}) -%}
    {%- do return(recalled) -%}
{%- endmacro %}


{#- The table that knows since when a model has its rows: a feed's view shows those of its landed records. -#}
{% macro stored_in(name) -%}
    {%- do return(name ~ '__landed' if name.startswith('stg_') else name) -%}
{%- endmacro %}


{#- Which table, and which build of it, each model is whose changes are followed: {model: {token, build}}; none where
    one has no state, so that what came to it cannot be told. -#}
{% macro followed_now(names) -%}
    {%- set followed = {} -%}
    {%- for name in names -%}
        {%- set state = recalled_state(model_relation(stored_in(name))) -%}
        {%- if state is none -%}
            {%- do return(none) -%}
        {%- endif -%}
        {%- do followed.update({name: {'token': state.token, 'build': state.build}}) -%}
    {%- endfor -%}
    {%- do return(followed) -%}
{%- endmacro %}


{#- A select of the values, as `key`, of a column of a model for which rows of it became others after a build. Of a
    feed it is one of its key's: a record that is superseded then shares it with the one that superseded it. -#}
{% macro changed_values(name, column, build) -%}
    {%- if stored_in(name) != name -%}
        {%- if column not in key_columns(name | replace('stg_', '', 1)) -%}
            {%- do exceptions.raise_compiler_error(name ~ ' is followed by ' ~ column ~ ', which is not of its key') -%}
        {%- endif -%}
        select {{ column }} as key
        from {{ model_relation(stored_in(name)) }}
        where outcome = 'accepted' and built_in > {{ build }}
    {%- else -%}
        select key from {{ bookkeeping(model_relation(name), 'changed_' ~ column) }} where build > {{ build }}
    {%- endif -%}
{%- endmacro %}


{#- The state of a table that can be brought up to date in place; none where it is to be built anew. -#}
{% macro state_to_build_on(relation, fingerprint, followed={}) -%}
    {%- set state = recalled_state(relation) -%}
    {%- if (
        should_full_refresh() or not var('code_fingerprint') or followed is none
        or state is none or state.fingerprint != fingerprint
    ) -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- for name in followed if state.followed.get(name, {}).token != followed[name].token -%}
        {%- do return(none) -%}
    {%- endfor -%}
    {%- do return(state) -%}
{%- endmacro %}


{% macro keep_state(relation, fingerprint, token, build, followed={}) -%}
    {%- call statement('state') -%}
        create or replace table {{ bookkeeping(relation, 'state') }} as
        select
            '{{ fingerprint }}' as fingerprint,
            '{{ token }}' as token,
            cast({{ build }} as integer) as build,
            cast({{ as_of() }} as varchar) as as_of,
            '{{ tojson(followed or {}) }}' as followed
    {%- endcall -%}
{%- endmacro %}


{#- Puts a table that was built anew in the place of the one that there is, in a transaction that stays open, and
    documents it, with the token of its state. Gives the relation to drop after that. -#}
{% macro put_in_place(building, target_relation, token) -%}
    {%- set existing = load_cached_relation(target_relation) -%}
    {%- set backup = make_backup_relation(target_relation, existing.type if existing is not none else 'table') -%}
    {%- do drop_relation_if_exists(load_cached_relation(backup)) -%}
    {%- if existing is not none -%}
        {%- do adapter.rename_relation(existing, backup) -%}
    {%- endif -%}
    {%- do adapter.rename_relation(building, target_relation) -%}
    {%- do duckdb__persist_docs(target_relation, model, mark='[built as ' ~ token ~ ']') -%}
    {%- do return(backup) -%}
{%- endmacro %}


{#- The relation of a model or seed that this one need not name: what it is built on reads it. -#}
{% macro model_relation(name) -%}
    {%- for node in graph.nodes.values() if node.name == name and node.resource_type in ('model', 'seed') -%}
        {%- do return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error("There is no model or seed named '" ~ name ~ "'") -%}
{%- endmacro %}


{#- The models and seeds that a model reads, by name, but for some of them. -#}
{% macro models_read_whole(model, but=[]) -%}
    {%- set names = [] -%}
    {%- for id in model.depends_on.nodes if id in graph.nodes and graph.nodes[id].name not in but -%}
        {%- do names.append(graph.nodes[id].name) -%}
    {%- endfor -%}
    {%- do return(names | sort) -%}
{%- endmacro %}


{#- The SQL of a model that reads another relation in place of one that it names: once, unless it is told otherwise. -#}
{% macro reading_instead(sql, relation, other, is_named_once=true) -%}
    {%- set times = sql.split(relation | string) | length - 1 -%}
    {%- if times == 0 or (is_named_once and times > 1) -%}
        {%- do exceptions.raise_compiler_error(
            'A model brought up to date names ' ~ relation ~ (' exactly once' if is_named_once else '')
        ) -%}
    {%- endif -%}
    {%- do return(sql | replace(relation | string, other)) -%}
{%- endmacro %}


{#- Makes a temp table `<model>_needed` of some models, of the rows that have in one of the columns what one of the
    selects gives: {model: {column: [select]}}; gives the SQL that reads these in place of the models. -#}
{% macro reading_needed(sql, needed) -%}
    {%- set reading = namespace(sql=sql) -%}
    {%- for name, columns in needed.items() -%}
        {%- call statement('needed') -%}
            create or replace temp table {{ name }}_needed as
            select * from {{ model_relation(name) }}
            where
                {%- for column, values in columns.items() %}
                {{ 'or ' if not loop.first }}{{ column }} in ({{ values | join(' union ') }})
                {%- endfor %}
        {%- endcall -%}
        {%- set reading.sql = reading_instead(
            reading.sql, model_relation(name), name ~ '_needed', is_named_once=false
        ) -%}
    {%- endfor -%}
    {%- do return(reading.sql) -%}
{%- endmacro %}
