{#- A table that is filled slice by slice, each of one or more whole days, so that a national month needs
    no more memory than its busiest day; and brought up to date row by row where that is less work.

    config:
      day_of    the column of the model (an instant, never null) whose day a row belongs to
      driver    the model that has one row per row of this one and carries the same column
      key       column of both: rows that share it are built again together
      lookups   {model: column}: what a row finds in that model, it finds among those rows of it that have the same
                value as the driver's row has in the column
    The slice is a filter around the model's own SQL; the engine pushes it down to the scan, so the SQL
    says nothing of slices. Quiet days share a slice up to var rows_per_slice.

    A row is built again when its driver's record was stored since (see landed_by_file), or when a row of a lookup
    that has its value in the column is another, or gone, or new. Feeds and tables by key can tell for which values
    that is so (macro changed_values); of other lookups one number per value is kept beside the table to tell. That is
    more rows than need be: all of a Device's, at whatever instant its history changed. What else the model reads must
    be as it was, row for row; else, and where most rows would be built again, all are. Without lookups they always
    are. The table has another column, `built_in`: the number of the build that made the row.

    Measured as in landed_by_file: core with its tests takes 51 CPU seconds built anew, and both facts 7 with a
    day more. -#}
{% materialization table_by_day, adapter='duckdb' %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set backup = none -%}
    {%- set day_of = config.require('day_of') -%}
    {%- set driver = config.require('driver') -%}
    {%- set lookups = config.get('lookups', {}) -%}
    {%- set fingerprint = build_fingerprint(sql, models_read_whole_by_day(model)) -%}
    {%- set noting = noting_changes(lookups) -%}
    {%- set hashed = lookups | reject('in', noting) | list -%}
    {%- set followed = followed_now([driver] + noting) if lookups else none -%}

    {{ run_hooks(pre_hooks) }}
    {%- do hash_lookups(lookups, hashed) -%}
    {%- set state = state_to_build_on(this, fingerprint, followed) -%}
    {%- if state is not none and not find_keys_to_rebuild(
        this, driver, config.require('key'), lookups, hashed, state.followed
    ) -%}
        {%- set state = none -%}
    {%- endif -%}

    {%- if state is none -%}
        {%- set building = make_intermediate_relation(target_relation) -%}
        {{ drop_relation_if_exists(load_cached_relation(building)) }}
        {% call statement('main') -%}
            create or replace table {{ building }} as
            select *, cast(null as integer) as built_in from (
                {{ sql }}
            ) where false
        {%- endcall %}
        {#- Each step is a transaction of its own. DuckDB 2.0.0 keeps the statistics of the empty table when rows
            are inserted in the transaction that made it, and then finds none of them by a filter. -#}
        {% do adapter.commit() %}
        {%- for slice in day_slices(model_relation(driver), day_of) -%}
            {%- do insert_slice(building, sql, day_of, slice, 1) -%}
            {% do adapter.commit() %}
        {%- endfor -%}
        {%- set token = invocation_id ~ '/' ~ this.identifier -%}
        {%- set backup = put_in_place(building, target_relation, token) -%}
        {%- do keep_state(this, fingerprint, token, 1, followed) -%}
    {%- else -%}
        {#- Kept in a table: to choose them costs as much as to build the rows of one day. -#}
        {% call statement('rows_to_rebuild') -%}
            create or replace temp table rows_to_rebuild as
            select * from {{ model_relation(driver) }}
            where {{ config.require('key') }} in (select key from keys_to_rebuild)
        {%- endcall %}
        {% call statement('main') -%}
            delete from {{ this }} where {{ config.require('key') }} in (select key from keys_to_rebuild)
        {%- endcall %}
        {#- With 7 million Devices the join of a day's rows with all rows of the lookups took more than 3 GiB. -#}
        {%- set needed = {} -%}
        {%- for name, column in lookups.items() -%}
            {%- do needed.update({name: {column: ['select ' ~ column ~ ' from rows_to_rebuild']}}) -%}
        {%- endfor -%}
        {%- set sql_of_rows = reading_needed(
            reading_instead(sql, model_relation(driver), 'rows_to_rebuild'), needed
        ) -%}
        {%- for slice in day_slices('rows_to_rebuild', day_of) -%}
            {%- do insert_slice(this, sql_of_rows, day_of, slice, state.build + 1) -%}
        {%- endfor -%}
        {% call statement('let_go') -%}
            drop table rows_to_rebuild;
            {%- for name in lookups %}
            drop table {{ name }}_needed;
            {%- endfor %}
        {%- endcall %}
        {%- do keep_state(this, fingerprint, state.token, state.build + 1, followed) -%}
    {%- endif -%}
    {%- for name in hashed %}
        {% call statement('kept') -%}
            create or replace table {{ bookkeeping(this, name) }} as select * from {{ name }}_now
        {%- endcall %}
    {%- endfor %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ drop_relation_if_exists(backup) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}


{% macro insert_slice(relation, sql, day_of, slice, build) -%}
    {%- call statement('slice') -%}
        insert into {{ relation }}
        select *, {{ build }} as built_in from (
            {{ sql }}
        ) where {{ day_of }} >= timestamp '{{ slice.first }}' and {{ day_of }} < timestamp '{{ slice.after }}'
    {%- endcall -%}
{%- endmacro %}


{#- What a table by day reads whole, by name: where a row of these is another, all of the table is built anew. -#}
{% macro models_read_whole_by_day(model) -%}
    {%- set lookups = model.config.get('lookups', {}) -%}
    {%- do return(models_read_whole(model, but=[model.config.driver] + (lookups | list)) if lookups else []) -%}
{%- endmacro %}


{#- Those of some models that can tell for which values of a column their rows became others. -#}
{% macro noting_changes(names) -%}
    {%- set noting = [] -%}
    {%- for node in graph.nodes.values() if node.name in names -%}
        {%- if stored_in(node.name) != node.name or node.config.materialized == 'table_by_key' -%}
            {%- do noting.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(noting | sort) -%}
{%- endmacro %}


{#- Makes a temp table `<model>_now` of those of the lookups: one number for the rows of each value of its column. -#}
{% macro hash_lookups(lookups, hashed) -%}
    {%- for name in hashed -%}
        {%- call statement('lookup') -%}
            create or replace temp table {{ name }}_now as
            select {{ lookups[name] }} as key, {{ rows_hash() }} as rows_hash
            from {{ model_relation(name) }} as record
            group by {{ lookups[name] }}
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}


{#- A select of the values, as `key`, that the lookups found by a column have other rows for than the build before. -#}
{% macro values_that_changed(relation, lookups, hashed, followed, column) -%}
    {%- for name in lookups if lookups[name] == column -%}
        {{ 'union all ' if not loop.first -}}
        {%- if name not in hashed -%}
        {{ changed_values(name, column, followed[name].build) }}
        {% else -%}
        select key from (
            select key from (from {{ name }}_now union all from {{ bookkeeping(relation, name) }})
            group by key
            having count(*) != 2 or min(rows_hash) != max(rows_hash)
        )
        {% endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- Finds the keys whose rows are to be built again, into temp table keys_to_rebuild, and tells whether that is less
    work than building all: not where they are most. -#}
{% macro find_keys_to_rebuild(relation, driver, key, lookups, hashed, followed) -%}
    {#- One pass over the driver, however many lookups there are; none for those that are found by the key. -#}
    {%- set by_others = lookups.values() | unique | reject('equalto', key) | list -%}
    {%- call statement('keys') -%}
        create or replace temp table keys_to_rebuild as
        {{ changed_values(driver, key, followed[driver].build) }}
        {%- if key in lookups.values() %}
        union
        {{ values_that_changed(relation, lookups, hashed, followed, key) }}
        {%- endif %}
        {%- if by_others %}
        union
        select {{ key }} as key
        from {{ model_relation(driver) }}
        where
            {%- for column in by_others %}
            {{ 'or ' if not loop.first }}{{ column }} in (
                {{ values_that_changed(relation, lookups, hashed, followed, column) }}
            )
            {%- endfor %}
        {%- endif %}
    {%- endcall -%}
    {%- do return(run_query(
        'select (select count(*) from keys_to_rebuild) * 2 <= (select count(*) from ' ~ relation ~ ')'
    ).rows[0][0]) -%}
{%- endmacro %}


{#- The slices of rows: first day and day after the last, each of at most var rows_per_slice rows unless one day
    alone has more. -#}
{% macro day_slices(rows, day_of) -%}
    {%- set days = run_query(
        'select cast(day as varchar), row_count, cast(day + 1 as varchar) from ('
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
