{#- Makes schema `history`: what was published for the month before, from the folder of its recipients (var
    `history_parties`, empty for none), and what was published for this month in the files with industry figures (var
    `industry_origin`, empty for none), each file as it was published. -#}
{% macro register_history() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'snapshot', 'show', 'compile', 'run-operation'] -%}
        {%- do run_query('create schema if not exists history') -%}
        {%- do run_query('create or replace view history.benchmark as ' ~ adapter.dispatch('history_view')(
            ['reporting_month', 'party_id', 'role', 'business_process', 'srv', 'own_volume', 'own_success_rate'],
            var('history_parties') ~ '/*/business_process/*/benchmark.csv' if var('history_parties') else ''
        )) -%}
        {%- set reports = [] -%}
        {%- for file in files_with_industry_figures() -%}
            {#- A table: each time that a view of thousands of files is bound, the files are opened. -#}
            {%- do run_query('create or replace table ' ~ history_relation(file) ~ ' as '
                ~ adapter.dispatch('published_rows')(published_places(file))) -%}
            {%- do reports.append("select '" ~ file.report ~ "' as report, role from " ~ history_relation(file)) -%}
        {%- endfor -%}
        {%- do run_query('create or replace table history.reports as select distinct report, role from ('
            ~ (reports or ['select cast(null as varchar) as report, cast(null as varchar) as role where false'])
            | join(' union all ') ~ ') as published') -%}
    {%- endif -%}
    select 1
{% endmacro %}


{#- Where the rows of a published file stand that this month is held against: a role's report stands in the version in force,
    or in the earlier one from which that version kept its industry figures. A list of a pattern of files, and the roles
    that are not taken from them. -#}
{% macro published_places(file) %}
    {%- set origin = var('industry_origin') -%}
    {%- set places = [] -%}
    {%- set kept_roles = origin['kept'].get(file.report, {}) -%}
    {%- set pattern = modules.re.sub('[{]\\w+[}]', '*', file.path | replace('{role}', '<role>')) -%}
    {%- for role, parties in [('*', origin['in_force'])] + (kept_roles.items() | list) -%}
        {%- do places.append({
            'files': parties ~ '/*/' ~ pattern | replace('<role>', role),
            'without': kept_roles.keys() | list if role == '*' else [],
        }) -%}
    {%- endfor -%}
    {{ return(places) }}
{% endmacro %}


{#- The relation with the rows of a published file, all of them text. -#}
{% macro history_relation(file) -%}
    history.{{ adapter.quote(file.name) }}
{%- endmacro %}


{#- The names of the columns that a file was published with; none where it was not published. -#}
{% macro published_columns(file) %}
    {%- set rows = run_query('select * from ' ~ history_relation(file) ~ ' limit 1') -%}
    {{ return(rows.column_names | list if rows | length else []) }}
{% endmacro %}


{#- A select of all rows of published files, whatever columns they were published with. -#}
{% macro duckdb__published_rows(places) -%}
    {%- set selects = [] -%}
    {%- for place in places -%}
        {%- set pattern = place.files | replace("'", "''") -%}
        {%- if run_query("select count(*) from glob('" ~ pattern ~ "')").columns[0].values()[0] > 0 -%}
            {%- do selects.append(
                "select * from read_csv('" ~ pattern ~ "', " ~ csv_as_published() ~ ')'
                ~ (" where role not in ('" ~ place.without | join("', '") ~ "')" if place.without else '')
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ selects | join(' union all by name ') or
        "select cast(null as varchar) as reporting_month, cast(null as varchar) as party_id, cast(null as varchar) as role"
        ~ " where false" }}
{%- endmacro %}


{% macro duckdb__history_view(columns, files) -%}
    {%- set pattern = files | replace("'", "''") -%}
    {%- set found = files != ''
        and run_query("select count(*) from glob('" ~ pattern ~ "')").columns[0].values()[0] > 0 -%}
    {%- if found -%}
        select {{ columns | join(', ') }}
        from read_csv('{{ pattern }}', {{ csv_as_published() }})
    {%- else -%}
        select {% for column in columns %}cast(null as varchar) as {{ column }}{{ ', ' if not loop.last }}{% endfor %} where false
    {%- endif -%}
{%- endmacro %}


{#- How DuckDB reads a CSV as it was published (docs/published.md): no guesses, empty is null. -#}
{% macro csv_as_published() -%}
    header = true, all_varchar = true, hive_partitioning = false, delim = ',', quote = '"', escape = '"', comment = ''
{%- endmacro %}
