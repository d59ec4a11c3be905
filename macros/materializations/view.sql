{#- dbt's view, which is left as it stands where it would be made again in the same words: one in six of the nodes of a
    build is a view, and most of what a view costs is dbt's own work to put it in the place of the one before it.

    What it was made as is told by a mark in its comment, so a view that something else has put in its place has none.
    Plain dbt gives no code_fingerprint (macros/materializations/bookkeeping.sql) and makes every view again.

    Measured on a build of staging and core in which nothing had changed: 9.2 CPU seconds, and 10.8 as dbt makes views. -#}
{% materialization view, adapter='duckdb' %}

    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set mark = '[made as ' ~ local_md5(var('code_fingerprint') ~ '/' ~ sql) ~ ']' -%}

    {{ run_hooks(pre_hooks) }}
    {%- if should_full_refresh() or not var('code_fingerprint') or not is_marked(target_relation, mark) -%}
        {%- do make_room(this) -%}
        {% call statement('main') -%}
            {{ get_create_view_as_sql(target_relation, sql) }}
        {%- endcall %}
        {%- do duckdb__persist_docs(target_relation, model, mark=mark) -%}
    {%- else -%}
        {#- dbt asks each node for the result of its main statement. -#}
        {% call statement('main') -%}
            select 'left as it stands' as made
        {%- endcall %}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}


{#- Whether a view stands there with this mark in its comment. -#}
{% macro is_marked(relation, mark) -%}
    {%- do return(run_query(
        "select count(*) from duckdb_views() where database_name = current_database() and schema_name = '"
        ~ relation.schema ~ "' and view_name = '" ~ relation.identifier ~ "' and contains(comment, '" ~ mark ~ "')"
    ).rows[0][0] == 1) -%}
{%- endmacro %}
