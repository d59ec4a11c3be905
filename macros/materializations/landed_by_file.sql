{#- The table of a feed's records (`stg_<feed>__landed`): each record is read, judged and stored once, and the
    keys that occur more than once are ranked in the table. (The model's SQL by itself ranks them all: it sorts
    whole records, and reads the files twice to know which. A month has 10^9, of which 3 in 100 share a key.)

    config:
      feed   the feed's name
    The model's SQL has the CTE `first_outcomes` of macro outcomes and ends in `select * from final`. -#}
{% materialization landed_by_file, adapter='duckdb' %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set building = make_intermediate_relation(target_relation) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set backup = make_backup_relation(target_relation, existing.type if existing is not none else 'table') -%}
    {%- set feed = config.require('feed') -%}

    {{ drop_relation_if_exists(load_cached_relation(building)) }}
    {{ drop_relation_if_exists(load_cached_relation(backup)) }}
    {{ run_hooks(pre_hooks) }}

    {% call statement('main') -%}
        create or replace table {{ building }} as (
            {{ ending_in(sql, 'first_outcomes') }}
        )
    {%- endcall %}
    {#- Each step is a transaction of its own, as in table_by_day. -#}
    {% do adapter.commit() %}
    {%- for condition in key_parts(building, feed) %}
        {% call statement('rank') -%}
            {{ supersede(building, feed, condition) }}
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


{#- The SQL of a model that ends in `select * from final`, ending in another of its CTEs. -#}
{% macro ending_in(sql, cte) -%}
    {%- set end = 'select * from final' -%}
    {%- if not sql.rstrip().endswith(end) -%}
        {%- do exceptions.raise_compiler_error("The model does not end in '" ~ end ~ "'") -%}
    {%- endif -%}
    {%- do return(sql.rstrip()[:-(end | length)] ~ 'select * from ' ~ cte) -%}
{%- endmacro %}


{#- Conditions that split a landed table's keys into parts, so that what is kept in memory of one is bounded. -#}
{% macro key_parts(relation, feed) -%}
    {%- set row_count = run_query('select count(*) from ' ~ relation).rows[0][0] -%}
    {%- set part_count = row_count // var('keys_per_part') + 1 -%}
    {%- set conditions = [] -%}
    {%- for part in range(part_count) -%}
        {%- do conditions.append(
            key_hash(key_columns(feed)) ~ ' % ' ~ part_count ~ ' = ' ~ part if part_count > 1 else 'true'
        ) -%}
    {%- endfor -%}
    {%- do return(conditions) -%}
{%- endmacro %}


{#- Of the accepted records of a key that the condition chooses, all but the last become superseded. -#}
{% macro supersede(relation, feed, condition) -%}
    {%- set hash_of_key = key_hash(key_columns(feed)) -%}
    with

    repeated_keys as (

        select {{ hash_of_key }} as key_hash
        from {{ relation }}
        where outcome = 'accepted' and {{ condition }}
        group by 1
        having count(*) > 1

    ),

    ranked as (

        select
            rowid as row_id,
            {{ recency(feed) }} as recency
        from {{ relation }}
        where
            outcome = 'accepted'
            and {{ hash_of_key }} in (select repeated_keys.key_hash from repeated_keys)

    )

    update {{ relation }} set outcome = 'superseded'
    where rowid in (select ranked.row_id from ranked where ranked.recency > 1)
{%- endmacro %}
