{#- A table that is brought up to date key by key (docs/incremental.md).

    config:
      driver    the model that says which keys there are: the rows of a key here are made of its rows with that key
      key       a column of the driver and of this model, never null
      lookups   {model: column} or {model: {its column: columns of the driver}}: what else the rows are made of. A
                row of the driver finds those rows of the model that have its own value in that column. The driver
                may be a lookup too.
      day_of    for a large table: a column of the driver and of this model, an instant, never null. The table is
                then filled in slices of whole days, so that a national month needs the memory of its busiest day,
                and has a column more: `built_in`, the number of the build that made the row.

    A key is built again when a row of the driver with that key changed, or a row that one of them finds in a lookup.
    The model's own SQL makes the new rows: it runs on the rows that these keys need, in temp tables. It says nothing
    of keys or days.

    All keys are built when the table cannot be trusted (macro state_to_build_on), when anything else changed that the
    model reads, and when most keys would be built again. -#}
{% materialization table_by_key, adapter='duckdb' %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set old_table = none -%}
    {%- set plan = plan_by_key(model.config) -%}
    {%- set fingerprint = build_fingerprint(sql, models_read_whole(model)) -%}
    {%- set upstream = builds_of(plan.logged) -%}
    {%- set logged_columns = columns_followed(this.identifier) -%}

    {{ run_hooks(pre_hooks) }}
    {%- do hash_lookups(plan) -%}
    {%- set state = state_to_build_on(this, fingerprint, upstream) -%}
    {%- if state is not none -%}
        {%- do find_keys_to_rebuild(this, plan, state.upstream) -%}
        {%- set state = none if are_most_keys(this) else state -%}
    {%- endif -%}

    {%- if state is none -%}
        {%- set new_table = make_intermediate_relation(target_relation) -%}
        {{ drop_relation_if_exists(load_cached_relation(new_table)) }}
        {%- do build_all_keys(new_table, sql, plan) -%}
        {%- set token = invocation_id ~ '/' ~ this.identifier -%}
        {%- set old_table = put_in_place(new_table, target_relation, token) -%}
        {%- do begin_change_logs(this, logged_columns) -%}
        {%- do keep_state(this, fingerprint, token, 1, upstream) -%}
    {%- else -%}
        {%- do rebuild_keys(this, sql, plan, logged_columns, state.build + 1) -%}
        {%- do keep_state(this, fingerprint, state.token, state.build + 1, upstream) -%}
    {%- endif -%}
    {%- do keep_lookup_hashes(this, plan) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ drop_relation_if_exists(old_table) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}


{#- The config of a table by key, written out: {driver, key, day_of, lookups, logged, hashed}. `lookups` is a list of
    {model, column, by}. `logged` are the models that log their changes themselves; of the others, `hashed`, one number
    per value of the column is kept beside the table and compared. -#}
{% macro plan_by_key(config) -%}
    {%- set lookups = [] -%}
    {%- for name, columns in config.get('lookups', {}).items() -%}
        {%- set columns = {columns: columns} if columns is string else columns -%}
        {%- for column, by in columns.items() -%}
            {%- for driver_column in ([by] if by is string else by) -%}
                {%- do lookups.append({'model': name, 'column': column, 'by': driver_column}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set names = ([config['driver']] + lookups | map(attribute='model') | list) | unique | list -%}
    {%- set logged = models_with_change_logs(names) -%}
    {%- do return({
        'driver': config['driver'],
        'key': config['key'],
        'day_of': config.get('day_of'),
        'lookups': lookups,
        'logged': logged,
        'hashed': lookups | rejectattr('model', 'in', logged) | list,
    }) -%}
{%- endmacro %}


{#- Those of some models that log their changes: tables by key, and feeds by the records that they store. -#}
{% macro models_with_change_logs(names) -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() if node.name in names -%}
        {%- if stored_in(node.name) != node.name or node.config.materialized == 'table_by_key' -%}
            {%- do found.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(found | sort) -%}
{%- endmacro %}


{#- The columns of a model by which tables by key follow it: as their driver, or as a lookup. It keeps a change log of
    each. -#}
{% macro columns_followed(name) -%}
    {%- set columns = [] -%}
    {%- for node in graph.nodes.values() if node.config.materialized == 'table_by_key' -%}
        {%- set plan = plan_by_key(node.config) -%}
        {%- if plan.driver == name -%}
            {%- do columns.append(plan.key) -%}
        {%- endif -%}
        {%- for lookup in plan.lookups if lookup.model == name -%}
            {%- do columns.append(lookup.column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(columns | unique | list) -%}
{%- endmacro %}


{#- Hashes the lookups that log no changes: temp table `<model>_now`, one number for the rows of each value. -#}
{% macro hash_lookups(plan) -%}
    {%- for lookup in plan.hashed -%}
        {%- call statement('lookup') -%}
            create or replace temp table {{ lookup.model }}_now as
            select {{ lookup.column }} as key, {{ rows_hash() }} as rows_hash
            from {{ model_relation(lookup.model) }} as record
            group by {{ lookup.column }}
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}


{% macro keep_lookup_hashes(relation, plan) -%}
    {%- for lookup in plan.hashed -%}
        {%- call statement('kept') -%}
            create or replace table {{ bookkeeping(relation, lookup.model) }} as select * from {{ lookup.model }}_now
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}


{#- Temp table keys_to_rebuild: the keys of which something changed since the builds that this table was made from. -#}
{% macro find_keys_to_rebuild(relation, plan, upstream) -%}
    {%- set by_others = plan.lookups | map(attribute='by') | unique | reject('equalto', plan.key) | list -%}
    {%- call statement('keys') -%}
        create or replace temp table keys_to_rebuild as
        {{ changed_values(plan.driver, plan.key, upstream[plan.driver].build) }}
        {%- if plan.lookups | selectattr('by', 'equalto', plan.key) | list %}
        union
        {{ changed_lookup_values(relation, plan, upstream, plan.key) }}
        {%- endif %}
        {%- if by_others %}
        union
        select {{ plan.key }} as key
        from {{ model_relation(plan.driver) }}
        where
            {%- for column in by_others %}
            {{ 'or ' if not loop.first }}{{ column }} in ({{ changed_lookup_values(relation, plan, upstream, column) }})
            {%- endfor %}
        {%- endif %}
    {%- endcall -%}
{%- endmacro %}


{#- A select of the values, as `key`, of a driver's column, for which the lookups found by it have other rows now. -#}
{% macro changed_lookup_values(relation, plan, upstream, by) -%}
    {%- for lookup in plan.lookups if lookup.by == by -%}
        {{ 'union all ' if not loop.first -}}
        {%- if lookup.model in plan.logged -%}
        {{ changed_values(lookup.model, lookup.column, upstream[lookup.model].build) }}
        {% else -%}
        select key from (
            select key from (from {{ lookup.model }}_now union all from {{ bookkeeping(relation, lookup.model) }})
            group by key
            having count(*) != 2 or min(rows_hash) != max(rows_hash)
        )
        {% endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- Whether so many keys are to be built again that to build all is less work. -#}
{% macro are_most_keys(relation) -%}
    {%- do return(run_query(
        'select (select count(*) from keys_to_rebuild) * 2 > (select count(*) from ' ~ relation ~ ')'
    ).rows[0][0]) -%}
{%- endmacro %}


{#- Fills a new table with the rows of all keys. -#}
{% macro build_all_keys(relation, sql, plan) -%}
    {%- if not plan.day_of -%}
        {%- call statement('main') -%}
            create or replace table {{ relation }} as
            {{ sql }}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- else -%}
        {%- call statement('main') -%}
            create or replace table {{ relation }} as
            select *, cast(null as integer) as built_in from (
                {{ sql }}
            ) where false
        {%- endcall -%}
        {#- Each slice is a transaction of its own. DuckDB 2.0.0 keeps the statistics of the empty table when rows
            are inserted in the transaction that made it, and then finds none of them by a filter. -#}
        {%- do adapter.commit() -%}
        {%- for slice in day_slices(model_relation(plan.driver), plan.day_of) -%}
            {%- do insert_slice(relation, sql, plan.day_of, slice, 1) -%}
            {%- do adapter.commit() -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- Puts new rows in the place of those of keys_to_rebuild, and logs for whom these became others. -#}
{% macro rebuild_keys(relation, sql, plan, logged_columns, build) -%}
    {%- set is_rebuilt = plan.key ~ ' in (select key from keys_to_rebuild)' -%}
    {%- set sql_of_keys = read_needed_rows(sql, plan) -%}
    {%- if logged_columns -%}
        {%- call statement('rows_before') -%}
            create or replace temp table rows_before as
            select * from {{ relation }} where {{ is_rebuilt }}
        {%- endcall -%}
    {%- endif -%}
    {%- call statement('main') -%}
        delete from {{ relation }} where {{ is_rebuilt }}
    {%- endcall -%}
    {%- if plan.day_of -%}
        {%- for slice in day_slices('driver_rows', plan.day_of) -%}
            {%- do insert_slice(relation, sql_of_keys, plan.day_of, slice, build) -%}
        {%- endfor -%}
    {%- else -%}
        {#- A lookup may have rows of other keys, for which the SQL gives rows too. -#}
        {%- call statement('rows') -%}
            insert into {{ relation }}
            select * from (
                {{ sql_of_keys }}
            ) where {{ is_rebuilt }}
        {%- endcall -%}
    {%- endif -%}
    {%- if logged_columns -%}
        {%- do log_changes(relation, is_rebuilt, logged_columns, build) -%}
    {%- endif -%}
    {#- The connection lives to the end of the whole build, and its temp tables with it. -#}
    {%- call statement('let_go') -%}
        drop table if exists rows_before;
        drop table if exists rows_after;
        drop table driver_rows;
        {%- for name in plan.lookups | map(attribute='model') | unique %}
        drop table {{ name }}_needed;
        {%- endfor %}
    {%- endcall -%}
{%- endmacro %}


{#- The model's SQL on the rows alone that keys_to_rebuild need. These are put into temp tables: the driver's rows of
    the keys into `driver_rows`, and what these find in a lookup into `<lookup>_needed`. With 7 million Devices the
    join of a day's requests with all rows of the lookups took more than 3 GiB. -#}
{% macro read_needed_rows(sql, plan) -%}
    {%- set needed = {} -%}
    {%- for lookup in plan.lookups -%}
        {%- set values = needed.setdefault(lookup.model, {}).setdefault(lookup.column, []) -%}
        {%- do values.append('select ' ~ lookup.by ~ ' from driver_rows') -%}
    {%- endfor -%}
    {%- set reading = namespace(sql=sql) -%}
    {%- if plan.driver in needed -%}
        {%- do needed[plan.driver].setdefault(plan.key, []).append('select key from keys_to_rebuild') -%}
    {%- else -%}
        {%- set reading.sql = read_instead(reading.sql, model_relation(plan.driver), 'driver_rows') -%}
    {%- endif -%}
    {%- call statement('driver_rows') -%}
        create or replace temp table driver_rows as
        select * from {{ model_relation(plan.driver) }} where {{ plan.key }} in (select key from keys_to_rebuild)
    {%- endcall -%}
    {%- for name, columns in needed.items() -%}
        {%- call statement('needed') -%}
            create or replace temp table {{ name }}_needed as
            select * from {{ model_relation(name) }}
            where
                {%- for column, values in columns.items() %}
                {{ 'or ' if not loop.first }}{{ column }} in ({{ values | join(' union ') }})
                {%- endfor %}
        {%- endcall -%}
        {%- set reading.sql = read_instead(reading.sql, model_relation(name), name ~ '_needed') -%}
    {%- endfor -%}
    {%- do return(reading.sql) -%}
{%- endmacro %}


{% macro insert_slice(relation, sql, day_of, slice, build) -%}
    {%- call statement('slice') -%}
        insert into {{ relation }}
        select *, {{ build }} as built_in from (
            {{ sql }}
        ) where {{ day_of }} >= timestamp '{{ slice.first }}' and {{ day_of }} < timestamp '{{ slice.after }}'
    {%- endcall -%}
{%- endmacro %}


{#- Slices of whole days, as a list of {first, after}: the first day, and the day after the last. Quiet days share a
    slice of up to var rows_per_slice rows. -#}
{% macro day_slices(rows, day_of) -%}
    {%- set days = run_query(
        'select cast(day as string), row_count, cast(day + 1 as string) from ('
        ~ 'select cast(' ~ day_of ~ ' as date) as day, count(*) as row_count from ' ~ rows ~ ' group by 1'
        ~ ') order by day'
    ).rows -%}
    {%- set slices = [] -%}
    {%- set open = namespace(first=none, after=none, rows=0) -%}
    {%- for day in days -%}
        {%- if open.first is not none and open.rows + day[1] > var('rows_per_slice') -%}
            {%- do slices.append({'first': open.first, 'after': open.after}) -%}
            {%- set open.first = none -%}
            {%- set open.rows = 0 -%}
        {%- endif -%}
        {%- if open.first is none -%}
            {%- set open.first = day[0] -%}
        {%- endif -%}
        {%- set open.after = day[2] -%}
        {%- set open.rows = open.rows + day[1] -%}
    {%- endfor -%}
    {%- if open.first is not none -%}
        {%- do slices.append({'first': open.first, 'after': open.after}) -%}
    {%- endif -%}
    {%- do return(slices) -%}
{%- endmacro %}


{#- Begins the change logs of a table that was built anew, one per column by which it is followed. -#}
{% macro begin_change_logs(relation, columns) -%}
    {%- for column in columns -%}
        {%- call statement('log') -%}
            create or replace table {{ change_log(relation, column) }} as
            select {{ column }} as key, cast(null as integer) as build
            from {{ relation }}
            where false
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}


{#- Logs the values of each column for which a row came, went or became another, rows_before against now. -#}
{% macro log_changes(relation, is_rebuilt, columns, build) -%}
    {%- call statement('rows_after') -%}
        create or replace temp table rows_after as
        select * from {{ relation }} where {{ is_rebuilt }}
    {%- endcall -%}
    {%- for column in columns -%}
        {%- call statement('log') -%}
            insert into {{ change_log(relation, column) }}
            select distinct {{ column }} as key, {{ build }} as build
            from (
                (from rows_before except all from rows_after)
                union all
                (from rows_after except all from rows_before)
            )
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}
