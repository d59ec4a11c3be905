{#- Makes schema `history`: what was published for the month before, from the folder of its recipients
    (var `history_parties`, empty for none), and what was published of the industry for this month (var
    `industry_origin`, empty for none). -#}
{% macro register_history() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'snapshot', 'show', 'compile', 'run-operation'] -%}
        {%- do run_query('create schema if not exists history') -%}
        {%- do run_query('create or replace view history.benchmark as ' ~ adapter.dispatch('history_view')(
            ['reporting_month', 'party_id', 'role', 'business_process', 'srv', 'own_volume', 'own_success_rate'],
            var('history_parties') ~ '/*/business_process/*/benchmark.csv' if var('history_parties') else ''
        )) -%}
        {#- A table: each time that a view of thousands of files is bound, the files are opened. -#}
        {%- do run_query('create or replace table history.industry_figures as ' ~ industry_figures_query()) -%}
    {%- endif -%}
    select 1
{% endmacro %}


{#- The query of the rows of all files that carry industry figures, as text. A role's report is read from the
    version in force, or from the earlier one from which that version kept its industry figures. -#}
{% macro industry_figures_query() -%}
    {%- set files = files_with_industry_figures() -%}
    {%- set leading = ['reporting_month', 'party_id', 'role'] -%}
    {%- set all_columns = leading + (files | map(attribute='columns') | sum(start=[]) | unique | list) -%}
    {%- set origin = var('industry_origin') -%}
    select cast(null as varchar) as report, cast(null as varchar) as file
    {%- for column in all_columns %}, cast(null as varchar) as {{ column }}{% endfor %} where false
    {%- for file in files if origin %}
        {%- set kept_roles = origin['kept'].get(file.report, {}) -%}
        {%- for role, parties in [('*', origin['in_force'])] + (kept_roles.items() | list) %}
            union all
            select '{{ file.report }}', '{{ file.file }}'
            {%- for column in all_columns -%}
                , {{ column if column in leading + file.columns else 'null' }}
            {%- endfor %}
            from ({{ adapter.dispatch('history_view')(
                leading + file.columns,
                parties ~ '/*/' ~ file.report ~ '/' ~ role ~ '/' ~ file.file ~ '.csv'
            ) }}) as published
            {%- if role == '*' and kept_roles %}
            where role not in ('{{ kept_roles | join("', '") }}')
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{#- The files that carry industry figures (published.md): whose report each is, and its columns that matter to a
    restatement. Those of a role's report are kept or restated together. -#}
{% macro files_with_industry_figures() %}
    {%- set speed = ['own_measured', 'own_best_s', 'own_worst_s', 'own_mean_s', 'own_median_s', 'industry_best_s',
        'industry_worst_s', 'industry_mean_s', 'industry_median_s', 'industry_suppressed'] -%}
    {%- set models = ['device_type', 'device_manufacturer', 'device_model'] -%}
    {%- set srvs = ['business_process', 'srv'] -%}
    {{ return([
        {'report': 'inventory', 'file': 'summary', 'columns':
            models + ['firmware_version', 'device_count', 'industry_share', 'industry_suppressed']},
        {'report': 'inventory', 'file': 'firmware_league', 'columns':
            models + ['rank', 'newest_share', 'is_recipient']},
        {'report': 'business_process', 'file': 'benchmark', 'columns':
            srvs + ['industry_success_rate', 'industry_suppressed', 'own_rank', 'ranked_parties']},
        {'report': 'business_process', 'file': 'league_table', 'columns':
            srvs + ['rank', 'success_rate', 'is_recipient']},
        {'report': 'business_process', 'file': 'round_trip_time', 'columns': srvs + speed},
        {'report': 'business_process', 'file': 'daily', 'columns':
            srvs + ['day', 'device_type', 'region', 'smets_version', 'own_volume', 'own_success_rate',
            'own_mean_rtt_s', 'industry_success_rate', 'industry_mean_rtt_s', 'industry_suppressed']},
        {'report': 'alerts', 'file': 'monthly', 'columns':
            ['alert_code', 'industry_success_rate', 'industry_mean_delivery_s', 'industry_suppressed']},
        {'report': 'alerts', 'file': 'daily', 'columns':
            ['alert_code', 'day', 'own_volume', 'own_success_rate', 'own_mean_delivery_s', 'industry_success_rate',
            'industry_mean_delivery_s', 'industry_suppressed']},
        {'report': 'alerts', 'file': 'delivery_time', 'columns': ['alert_code'] + speed},
    ]) }}
{% endmacro %}


{% macro duckdb__history_view(columns, files) -%}
    {%- set pattern = files | replace("'", "''") -%}
    {%- set found = files != ''
        and run_query("select count(*) from glob('" ~ pattern ~ "')").columns[0].values()[0] > 0 -%}
    {%- if found -%}
        select {{ columns | join(', ') }}
        from read_csv('{{ pattern }}', header = true, all_varchar = true, hive_partitioning = false,
            delim = ',', quote = '"', escape = '"', comment = '')
    {%- else -%}
        select {% for column in columns %}cast(null as varchar) as {{ column }}{{ ', ' if not loop.last }}{% endfor %} where false
    {%- endif -%}
{%- endmacro %}
