{#- A table that is filled slice by slice, each of one or more whole days, so that a national month needs
    no more memory than its busiest day.

    config:
      day_of   the column of the model (an instant, never null) whose day a row belongs to
      driver   the model that has one row per row of this one and carries the same column
    The slice is a filter around the model's own SQL; the engine pushes it down to the scan, so the SQL
    says nothing of slices. Quiet days share a slice up to var rows_per_slice. -#}
{% materialization table_by_day, adapter='duckdb' %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set building = make_intermediate_relation(target_relation) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set backup = make_backup_relation(target_relation, existing.type if existing is not none else 'table') -%}
    {%- set day_of = config.require('day_of') -%}

    {{ drop_relation_if_exists(load_cached_relation(building)) }}
    {{ drop_relation_if_exists(load_cached_relation(backup)) }}
    {{ run_hooks(pre_hooks) }}

    {% call statement('main') -%}
        create or replace table {{ building }} as
        select * from (
            {{ sql }}
        ) where false
    {%- endcall %}
    {#- Each step is a transaction of its own. DuckDB 2.0.0 keeps the statistics of the empty table when rows
        are inserted in the transaction that made it, and then finds none of them by a filter. -#}
    {% do adapter.commit() %}

    {%- for slice in day_slices(config.require('driver'), day_of) %}
        {% call statement('slice') -%}
            insert into {{ building }}
            select * from (
                {{ sql }}
            ) where {{ day_of }} >= timestamp '{{ slice.first }}' and {{ day_of }} < timestamp '{{ slice.after }}'
        {%- endcall %}
        {% do adapter.commit() %}
    {%- endfor -%}

    {%- if existing is not none -%}
        {{ adapter.rename_relation(existing, backup) }}
    {%- endif -%}
    {{ adapter.rename_relation(building, target_relation) }}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ drop_relation_if_exists(backup) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}


{#- The slices of a driver: first day and day after the last, each of at most var rows_per_slice rows
    unless one day alone has more. -#}
{% macro day_slices(driver, day_of) -%}
    {%- set relation = namespace(name=none) -%}
    {%- for node in graph.nodes.values() if node.name == driver and node.resource_type == 'model' -%}
        {%- set relation.name = node.relation_name -%}
    {%- endfor -%}
    {%- if relation.name is none -%}
        {%- do exceptions.raise_compiler_error("table_by_day: no model named '" ~ driver ~ "' to drive the slices") -%}
    {%- endif -%}
    {%- set days = run_query(
        'select cast(day as varchar), row_count, cast(day + 1 as varchar) from ('
        ~ 'select cast(' ~ day_of ~ ' as date) as day, count(*) as row_count from ' ~ relation.name ~ ' group by 1'
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
