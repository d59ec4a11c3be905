{#- dbt's table, put in the place of the one before it in one transaction without moving that aside first: a month has a
    hundred small tables, and each statement of dbt's costs more than most of them. -#}
{% materialization table, adapter='duckdb' %}

    {%- set target_relation = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks) }}
    {%- do make_room(this) -%}
    {% call statement('main') -%}
        {{ create_table_as(false, target_relation, sql) }}
    {%- endcall %}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}


{#- Drops what stands in a relation's place in the transaction that will put another there: where that fails, it stays.
    (What dbt drops by itself is gone at once.) -#}
{% macro make_room(relation) -%}
    {%- set existing = load_cached_relation(relation) -%}
    {%- if existing is not none -%}
        {%- call statement('make_room') -%}
            drop {{ existing.type }} {{ existing }}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
