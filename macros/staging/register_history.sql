{#- Makes schema `history`: what was published for the month before, from the folder of its recipients (var
    `history_parties`, empty for none) and of the industry's report (var `history_industry`, empty for none), the files that the
    source `history` declares; and what was published for this
    month in the files with industry figures (var `industry_origin`, empty for none), each file as it was published. -#}
{% macro register_history() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'snapshot', 'show', 'compile', 'run-operation'] -%}
        {%- do run_query('create schema if not exists history') -%}
        {%- for table in tables_of_month_before() -%}
            {%- do adapter.dispatch('put_month_before')(table) -%}
        {%- endfor -%}
        {%- set reports = [] -%}
        {%- for file in files_with_industry_figures() -%}
            {%- do adapter.dispatch('put_published_rows')(file, published_places(file)) -%}
            {%- do reports.append("select '" ~ file.report ~ "' as report, role from " ~ history_relation(file)) -%}
        {%- endfor -%}
        {#- Of the industry's report: what it was reckoned beside, where that is another version; and what was published of it. -#}
        {%- for file in files_held_against() if file.parties is defined -%}
            {%- do adapter.dispatch('put_published_rows')(
                file, [{'files': party_files(file, file.parties, '*'), 'without': []}]
            ) -%}
        {%- endfor -%}
        {%- for file in files_of_report() -%}
            {%- do adapter.dispatch('put_published_rows')(
                file, [{'files': versions_of_report().industry ~ '/' ~ file.path, 'without': []}]
            ) -%}
        {%- endfor -%}
        {%- do put_table('history.reports', 'select distinct report, role from ('
            ~ (reports or ['select cast(null as string) as report, cast(null as string) as role where false'])
            | join(' union all ') ~ ') as published') -%}
    {%- endif -%}
    select 1
{% endmacro %}


{#- The tables of the source `history` that hold files of the month before: name, columns, and the pattern of the files, empty
    where there is no release. Each names the exposure of its files (`meta.published`), and the exposure has their path; or the
    path of a file of the industry's report (`meta.of_industry`). -#}
{% macro tables_of_month_before() %}
    {%- set tables = [] -%}
    {%- for source in graph.sources.values() if source.source_name == 'history' and source.config.meta.of_industry -%}
        {%- do tables.append({
            'name': source.name,
            'columns': source.columns.keys() | list,
            'files': var('history_industry') ~ '/' ~ source.config.meta.of_industry if var('history_industry') else '',
        }) -%}
    {%- endfor -%}
    {%- for source in graph.sources.values() if source.source_name == 'history' and source.config.meta.published -%}
        {%- set published = source.config.meta.published -%}
        {%- set exposure = graph.exposures.values() | selectattr('name', 'equalto', published) | first -%}
        {%- if not exposure -%}
            {%- do exceptions.raise_compiler_error(source.original_file_path ~ ': no exposure ' ~ published ~ '.') -%}
        {%- endif -%}
        {%- do tables.append({
            'name': source.name,
            'columns': source.columns.keys() | list,
            'files': var('history_parties') ~ '/*/' ~ any_folder(exposure.config.meta.publish.path)
                if var('history_parties') else '',
        }) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}


{#- The path of a published file as a pattern, with `*` for what stands in braces. -#}
{% macro any_folder(path) %}
    {{ return(modules.re.sub('[{]\\w+[}]', '*', path)) }}
{% endmacro %}


{#- Where the rows of a published file stand that this month is held against: a role's report stands in the version in force,
    or in the earlier one from which that version kept its industry figures. A list of a pattern of files, and the roles
    that are not taken from them. -#}
{% macro published_places(file) %}
    {%- set origin = var('industry_origin') -%}
    {%- set places = [] -%}
    {%- set kept_roles = origin['kept'].get(file.report, {}) -%}
    {%- for role, parties in [('*', origin['in_force'])] + (kept_roles.items() | list) -%}
        {%- do places.append({
            'files': party_files(file, parties, role),
            'without': kept_roles.keys() | list if role == '*' else [],
        }) -%}
    {%- endfor -%}
    {{ return(places) }}
{% endmacro %}


{#- The files of a role that a published file is in a release, as a pattern; `*` for all roles.

    parties   the `parties` folder of the release -#}
{% macro party_files(file, parties, role) %}
    {{ return(parties ~ '/*/' ~ any_folder(file.path | replace('{role}', '<role>')) | replace('<role>', role)) }}
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


{#- Makes the table with all rows of published files, whatever columns they were published with. A table: each time that a
    view of thousands of files is bound, the files are opened. -#}
{% macro duckdb__put_published_rows(file, places) -%}
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
    {%- do put_table(
        history_relation(file),
        selects | join(' union all by name ')
        or "select cast(null as string) as reporting_month, cast(null as string) as party_id, cast(null as string) as role"
        ~ " where false"
    ) -%}
{%- endmacro %}


{#- Makes the view of a published file of the month before.

    table   of `tables_of_month_before` -#}
{% macro duckdb__put_month_before(table) -%}
    {%- set pattern = table.files | replace("'", "''") -%}
    {%- set found = table.files != ''
        and run_query("select count(*) from glob('" ~ pattern ~ "')").columns[0].values()[0] > 0 -%}
    {%- if not found -%}
        {%- do put_view('history.' ~ table.name, nothing_published(table.columns)) -%}
        {%- do return('') -%}
    {%- endif -%}
    {%- set source = "read_csv('" ~ pattern ~ "', " ~ csv_as_published() ~ ')' -%}
    {#- An older release may not have a column yet. -#}
    {%- set published = run_query('describe select * from ' ~ source).columns[0].values() | list -%}
    {%- set columns = [] -%}
    {%- for column in table.columns -%}
        {%- do columns.append(column if column in published else 'cast(null as string) as ' ~ column) -%}
    {%- endfor -%}
    {%- do put_view('history.' ~ table.name, 'select ' ~ columns | join(', ') ~ ' from ' ~ source) -%}
{%- endmacro %}


{#- A select of no row of a published file.

    columns   names of its columns -#}
{% macro nothing_published(columns) -%}
    select {% for column in columns %}cast(null as string) as {{ column }}{{ ', ' if not loop.last }}{% endfor %} where false
{%- endmacro %}


{#- How DuckDB reads a CSV as it was published (docs/published.md): no guesses, empty is null. -#}
{% macro csv_as_published() -%}
    header = true, all_varchar = true, hive_partitioning = false, delim = ',', quote = '"', escape = '"', comment = ''
{%- endmacro %}


{#- A text without the apostrophe that a published file puts before what a spreadsheet would run. -#}
{% macro without_apostrophe(text) -%}
    trim(leading chr(39) from {{ text }})
{%- endmacro %}
