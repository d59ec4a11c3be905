{#- Makes schema `history`: what was published for the month before, from the folder of its recipients
    (var `history_parties`, empty for none). -#}
{% macro register_history() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'snapshot', 'show', 'compile', 'run-operation'] -%}
        {%- do run_query('create schema if not exists history') -%}
        {%- do run_query('create or replace view history.benchmark as ' ~ adapter.dispatch('history_view')(
            ['reporting_month', 'party_id', 'role', 'business_process', 'srv', 'own_volume', 'own_success_rate'],
            'business_process/*/benchmark.csv'
        )) -%}
    {%- endif -%}
    select 1
{% endmacro %}


{% macro duckdb__history_view(columns, files) -%}
    {%- set pattern = (var('history_parties') ~ '/*/' ~ files) | replace("'", "''") -%}
    {%- set found = var('history_parties') != ''
        and run_query("select count(*) from glob('" ~ pattern ~ "')").columns[0].values()[0] > 0 -%}
    {%- if found -%}
        select {{ columns | join(', ') }}
        from read_csv('{{ pattern }}', header = true, all_varchar = true, union_by_name = true, hive_partitioning = false)
    {%- else -%}
        select {% for column in columns %}cast(null as varchar) as {{ column }}{{ ', ' if not loop.last }}{% endfor %} where false
    {%- endif -%}
{%- endmacro %}
