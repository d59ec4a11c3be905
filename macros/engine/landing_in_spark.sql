{#- The landing zone and what was published, as Spark reads them: see macros/staging/register_landing.sql and
    register_history.sql. Paths are the same on every machine of the cluster.

    What Spark cannot read so that the same comes out, `car run` lets DuckDB copy (var `copies`). -#}

{#- Makes a table of a Parquet file, or of a folder of them, that is there. -#}
{% macro spark__put_parquet(name, path) -%}
    {%- call statement('drop') -%} drop table if exists {{ name }} {%- endcall -%}
    {%- call statement('put_parquet') -%}
        create table {{ name }} using parquet location {{ spark__text_literal(path) }}
    {%- endcall -%}
{%- endmacro %}


{#- The Parquet file in which DuckDB copied a relation of a schema. -#}
{% macro spark__copy_of(schema, name) -%}
    {{ return(var('copies')[schema] ~ '/' ~ name ~ '.parquet') }}
{%- endmacro %}


{#- Without an index, var `landing_index` is empty: Spark cannot ask for a file that may not be there. -#}
{% macro spark__landing_files(condition) -%}
    {%- if not var('landing_index') -%}
        {%- do return({}) -%}
    {%- endif -%}
    {%- do run_query('create schema if not exists ' ~ landing_schema()) -%}
    {%- do spark__put_parquet(spark__indexed_files(), var('landing_index') ~ '/files.parquet') -%}
    {%- do return(loaded_files(spark__indexed_files(), spark__landed_file(), condition)) -%}
{%- endmacro %}


{#- As DuckDB names them, which opens some by a link: see duckdb__landed_file. -#}
{% macro spark__landed_file() -%}
    case when file_format = 'parquet' and path rlike r'[*?\[]' then replace(path, r'\', '_') else path end
{%- endmacro %}


{% macro spark__indexed_files() -%}
    {{ return(landing_schema() ~ '.indexed_files') }}
{%- endmacro %}


{% macro spark__landing_files_view(is_indexed) -%}
    {%- if is_indexed -%}
        {{ checked_files(spark__indexed_files(), spark__landed_file()) }}
    {%- else -%}
        {{ no_landing_files() }}
    {%- endif -%}
{%- endmacro %}


{#- One select per shape, one per file that is opened by a link, and one of what DuckDB has copied (var `links`). The others
    are read as one pattern, `{a,b}`, behind the part that the names of all begin with. -#}
{% macro spark__landing_view(feed, shapes) -%}
    {%- set records = landing_schema() ~ '.' ~ feed.name ~ '__records' -%}
    {%- if not shapes -%}
        {{ no_landing_records(feed) }}
    {%- elif shapes[0].file_format == 'csv' -%}
        {%- do spark__put_parquet(records, var('landing_index') ~ '/' ~ feed.name ~ '.parquet') -%}
        {{ spark__records_as_landed(feed, shapes, records) }}
    {%- else -%}
        {%- set selects = [] -%}
        {%- set copied = [] -%}
        {%- for shape in shapes -%}
            {%- set root = shape.locations[0][:shape.root_length] -%}
            {%- set plain = [] -%}
            {%- for location in shape.locations -%}
                {%- set link = var('links').get(location) -%}
                {%- if link -%}
                    {%- do selects.append(spark__landed_records(
                        feed, shape, shapes, link, spark__text_literal(shape.landed_files[location])
                    )) -%}
                {%- elif link is none -%}
                    {%- do plain.append(location[shape.root_length:]) -%}
                {%- else -%}
                    {%- do copied.append(location) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- if plain -%}
                {#- A path of a URL has `%20` for a blank, and `+` for itself. -#}
                {%- set landed_file = (
                    "substr(url_decode(replace(_metadata.file_path, '+', '%2B')), " ~ (('file:' ~ root) | length + 1) ~ ')'
                ) -%}
                {%- do selects.append(
                    spark__landed_records(feed, shape, shapes, root ~ '{' ~ plain | join(',') ~ '}', landed_file)
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if copied -%}
            {%- do spark__put_parquet(records, spark__copy_of(landing_schema(), feed.name)) -%}
            {%- do selects.append(spark__records_as_landed(feed, shapes, records)) -%}
        {%- endif -%}
        {{ selects | join(' union all ') }}
    {%- endif -%}
{%- endmacro %}


{% macro spark__records_as_landed(feed, shapes, records) -%}
    select
    {%- for column in feed.columns.values() %}
        cast({{ adapter.quote(column.name) }} as {{ landed_type(feed, column, shapes) }}) as {{ adapter.quote(column.name) }},
    {%- endfor %}
        landed_file,
        landed_row
    from {{ records }}
{%- endmacro %}


{#- A select of the records of files of one shape.

    files   a path, or a pattern of paths
    landed_file   SQL of the name of the file that a record is of -#}
{% macro spark__landed_records(feed, shape, shapes, files, landed_file) -%}
    select
    {%- for column in feed.columns.values() %}
        {{ landed_value(feed, column, shape.column_types[column.name], shapes) }} as {{ adapter.quote(column.name) }},
    {%- endfor %}
        {{ landed_file }} as landed_file,
        _metadata.row_index + 1 as landed_row
    from parquet.`{{ files | replace('`', '``') }}`
{%- endmacro %}


{#- An infinity of a Parquet file is the greatest or least number of its type: of no calendar, as it has to be. A column that
    holds nothing may be of any type. -#}
{% macro spark__landed_value(feed, column, file_type, shapes) -%}
    {%- set value = adapter.quote(column.name) -%}
    {%- if file_type == 'NULL' -%}
        cast(null as {{ landed_type(feed, column, shapes) }})
    {%- elif file_type == 'TIMESTAMP WITH TIME ZONE' -%}
        cast(to_utc_timestamp({{ value }}, current_timezone()) as timestamp_ntz)
    {%- else -%}
        cast({{ value }} as {{ landed_type(feed, column, shapes) }})
    {%- endif -%}
{%- endmacro %}


{% macro spark__put_month_before(table) -%}
    {%- if table.files and 'history' in var('copies') -%}
        {%- do spark__put_parquet('history.' ~ table.name, spark__copy_of('history', table.name)) -%}
    {%- else -%}
        {%- do put_view('history.' ~ table.name, nothing_published(table.columns)) -%}
    {%- endif -%}
{%- endmacro %}


{% macro spark__put_published_rows(file, places) -%}
    {%- do spark__put_parquet(history_relation(file), spark__copy_of('history', file.name)) -%}
{%- endmacro %}
