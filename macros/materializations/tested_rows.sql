{#- A generic test with the argument `stored_in` looks, in a table that is brought up to date, at the rows alone that
    were written since it last passed. -#}

{#- Hook at the end: keeps of each such test that passed up to which build of the table the rows have passed. -#}
{% macro keep_tested(results) %}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set states = {} -%}
        {%- set passed = [] -%}
        {%- for result in results if result.status == 'pass' -%}
            {%- set test = graph.nodes.get(result.node.unique_id, {}) -%}
            {%- if (test.get('test_metadata') or {}).get('kwargs', {}).get('stored_in') -%}
                {%- set name = graph.nodes[test.attached_node].name -%}
                {%- set table = stored_in(name) -%}
                {%- do states.update({table: state_of(model_relation(table))}) if table not in states -%}
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


{#- The build of a table up to which the rows of a model have passed a test; 0 for none, or of another table. -#}
{% macro tested_build(model, test, table) -%}
    {%- set state = state_of(table) -%}
    {%- if state is none -%}
        {%- do return(0) -%}
    {%- endif -%}
    {%- do return(run_query(
        "select coalesce(max(build), 0) from bookkeeping.tested where model = '" ~ model.identifier
        ~ "' and test = '" ~ test ~ "' and token = '" ~ state.token ~ "'"
    ).rows[0][0] | int) -%}
{%- endmacro %}
