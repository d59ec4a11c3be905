{#- What is kept of a table beside it, in schema `bookkeeping`, so that the next build can bring the table up to date
    (docs/incremental.md). It is written in the transaction that writes the table: both hold, or neither.

      <table>__state           one row: how the table was built last, see state_of
      <table>__changed_<c>     its change log: for which values of column c its rows changed, and in which build
      <table>__<lookup>        of a lookup that has no change log: one number for the rows of each value
      <table>__files           the landed files that it was built from
      passed, tested           what has passed: nodes (python/car/warehouse/passed_before.py), and rows (tested_rows)
      code                     the code that all of this is of -#}

{#- Hook at the start: where other code wrote the bookkeeping, or plain dbt builds, what has passed is forgotten. -#}
{% macro register_bookkeeping() %}
    {%- if execute and has_bookkeeping() and flags.WHICH in ['build', 'run', 'seed', 'snapshot'] -%}
        {%- do run_query('create schema if not exists bookkeeping') -%}
        {%- do run_query('create table if not exists bookkeeping.code (fingerprint string)') -%}
        {%- set of_this_code = run_query(
            "select count(*) from bookkeeping.code where fingerprint = '" ~ var('code_fingerprint') ~ "'"
        ).rows[0][0] -%}
        {%- if flags.FULL_REFRESH or not var('code_fingerprint') or not of_this_code -%}
            {%- do run_query(
                "create or replace table bookkeeping.code as select '" ~ var('code_fingerprint') ~ "' as fingerprint"
            ) -%}
            {%- do run_query('create or replace table bookkeeping.passed (node string, decided_by string)') -%}
            {%- do run_query(
                'create or replace table bookkeeping.tested'
                ~ ' (model string, test string, token string, build integer)'
            ) -%}
        {%- endif -%}
    {%- endif -%}
    select 1
{% endmacro %}


{% macro bookkeeping(relation, what) -%}
    {%- do return('bookkeeping.' ~ relation.identifier ~ '__' ~ what) -%}
{%- endmacro %}


{% macro change_log(relation, column) -%}
    {%- do return(bookkeeping(relation, 'changed_' ~ column)) -%}
{%- endmacro %}


{#- What decides a table besides the rows that it follows: the code, its SQL, and each row of the models that it reads
    whole. -#}
{% macro build_fingerprint(sql, names) -%}
    {%- set parts = [var('code_fingerprint'), sql] -%}
    {%- for name in names -%}
        {%- set query = 'select cast(' ~ rows_hash() ~ ' as string) from ' ~ model_relation(name) ~ ' as record' -%}
        {%- do parts.append(run_query(query).rows[0][0]) -%}
    {%- endfor -%}
    {%- do return(local_md5(parts | join('/'))) -%}
{%- endmacro %}


{#- One number for all rows of a relation with the alias `record`, in any order, each as often as it is there. -#}
{% macro rows_hash() -%}
    coalesce(sum(cast(hash(record) as hugeint)), 0)
{%- endmacro %}


{#- The state of a table:
      fingerprint   of its last build, see build_fingerprint
      token         made when the table was built anew; it stands in the table's comment too
      build         how often it was written since it was built anew, that time included
      as_of         as-of instant of its last build
      upstream      {model: {token, build}}: the builds of the models that it follows which it was made from
    None where there is none. A table without the token in its comment is another one: other code, or somebody by
    hand, has put it there. None also where an earlier version kept other columns. -#}
{% macro state_of(relation) -%}
    {%- if not has_bookkeeping() -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set state = bookkeeping(relation, 'state') -%}
    {%- set columns = ['fingerprint', 'token', 'build', 'as_of', 'upstream'] -%}
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
    {%- set found = dict(zip(columns, rows[0])) -%}
    {%- do found.update({'upstream': fromjson(found.upstream)}) -%}
    {%- do return(found) -%}
{%- endmacro %}


{#- The state of a table that can be brought up to date. None, so that it is built anew: with --full-refresh, by plain
    dbt (which gives no code_fingerprint), where the fingerprint differs, and where a model that it follows has no
    state or was itself built anew. -#}
{% macro state_to_build_on(relation, fingerprint, upstream={}) -%}
    {%- set state = state_of(relation) -%}
    {%- if (
        should_full_refresh() or not var('code_fingerprint') or upstream is none
        or state is none or state.fingerprint != fingerprint
    ) -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- for name in upstream if state.upstream.get(name, {}).token != upstream[name].token -%}
        {%- do return(none) -%}
    {%- endfor -%}
    {%- do return(state) -%}
{%- endmacro %}


{% macro keep_state(relation, fingerprint, token, build, upstream={}) -%}
    {%- call statement('state') -%}
        create or replace table {{ bookkeeping(relation, 'state') }} as
        select
            '{{ fingerprint }}' as fingerprint,
            '{{ token }}' as token,
            cast({{ build }} as integer) as build,
            cast({{ as_of() }} as string) as as_of,
            '{{ tojson(upstream or {}) }}' as upstream
    {%- endcall -%}
{%- endmacro %}


{#- Puts a table that was built anew in the place of the old one, describes it, and writes the token of its state into
    its comment. The transaction stays open. Gives the old table, to drop after the commit. -#}
{% macro put_in_place(new_table, target_relation, token) -%}
    {%- set existing = load_cached_relation(target_relation) -%}
    {%- set old_table = make_backup_relation(target_relation, existing.type if existing is not none else 'table') -%}
    {%- do drop_relation_if_exists(load_cached_relation(old_table)) -%}
    {%- if existing is not none -%}
        {%- do adapter.rename_relation(existing, old_table) -%}
    {%- endif -%}
    {%- do adapter.rename_relation(new_table, target_relation) -%}
    {%- do persist_docs(target_relation, model) -%}
    {%- call statement('token') -%}
        {{ alter_relation_comment(target_relation, model.description ~ ' [built as ' ~ token ~ ']') }}
    {%- endcall -%}
    {%- do return(old_table) -%}
{%- endmacro %}


{#- The table that a model's rows are stored in: of a feed's view that of its landed records, else the model itself. -#}
{% macro stored_in(name) -%}
    {%- do return(name ~ '__landed' if name.startswith('stg_') else name) -%}
{%- endmacro %}


{#- The builds of some models as they are now, {model: {token, build}}; none where one has no state. -#}
{% macro builds_of(names) -%}
    {%- set builds = {} -%}
    {%- for name in names -%}
        {%- set state = state_of(model_relation(stored_in(name))) -%}
        {%- if state is none -%}
            {%- do return(none) -%}
        {%- endif -%}
        {%- do builds.update({name: {'token': state.token, 'build': state.build}}) -%}
    {%- endfor -%}
    {%- do return(builds) -%}
{%- endmacro %}


{#- A select of the values, as `key`, of a model's column for which its rows changed after a build. Of a feed the column
    has to be of its key: a record that is superseded then has the same value as the one that superseded it. -#}
{% macro changed_values(name, column, build) -%}
    {%- if stored_in(name) != name -%}
        {%- if column not in key_columns(name | replace('stg_', '', 1)) -%}
            {%- do exceptions.raise_compiler_error(name ~ ' is followed by ' ~ column ~ ', which is not of its key') -%}
        {%- endif -%}
        select {{ column }} as key
        from {{ model_relation(stored_in(name)) }}
        where outcome = 'accepted' and built_in > {{ build }}
    {%- else -%}
        select key from {{ change_log(model_relation(name), column) }} where build > {{ build }}
    {%- endif -%}
{%- endmacro %}


{#- The relation of a model or seed, without a dependency on it: something between reads it already. -#}
{% macro model_relation(name) -%}
    {%- for node in graph.nodes.values() if node.name == name and node.resource_type in ('model', 'seed') -%}
        {%- do return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error("There is no model or seed named '" ~ name ~ "'") -%}
{%- endmacro %}


{#- The models and seeds that a model reads, by name, but for those that it follows row by row (driver and lookups of
    a table by key). Where a row of these changes, all of the table is built anew. -#}
{% macro models_read_whole(node) -%}
    {%- set followed = [] -%}
    {%- if node.config.materialized == 'table_by_key' -%}
        {%- set plan = plan_by_key(node.config) -%}
        {%- do followed.extend([plan.driver] + plan.lookups | map(attribute='model') | list) -%}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for id in node.depends_on.nodes if id in graph.nodes and graph.nodes[id].name not in followed -%}
        {%- do names.append(graph.nodes[id].name) -%}
    {%- endfor -%}
    {%- do return(names | sort) -%}
{%- endmacro %}


{#- The SQL of a model that reads something else in place of a relation that it names. -#}
{% macro read_instead(sql, relation, other) -%}
    {%- if relation | string not in sql -%}
        {%- do exceptions.raise_compiler_error('The model does not read ' ~ relation) -%}
    {%- endif -%}
    {%- do return(sql | replace(relation | string, other)) -%}
{%- endmacro %}
