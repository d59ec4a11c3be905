{#- The landing zone and what was published, as Spark reads them: see macros/staging/register_landing.sql and
    register_history.sql. Paths are the same on every machine of the cluster. -#}

{#- The files of a pattern as a relation, their names between backquotes. -#}
{% macro spark__parquet(path) -%}
    parquet.`{{ path | replace('`', '``') }}`
{%- endmacro %}


{#- Without an index, var `landing_index` is empty: Spark cannot ask for a file that may not be there. -#}
{% macro spark__landing_files(condition) -%}
    {%- if not var('landing_index') -%}
        {%- do return({}) -%}
    {%- endif -%}
    {%- set index = spark__parquet(var('landing_index') ~ '/files.parquet') -%}
    {%- do return(loaded_files(index, spark__landed_file(), condition)) -%}
{%- endmacro %}


{% macro spark__landed_file() -%}
    path
{%- endmacro %}


{% macro spark__landing_files_view(is_indexed) -%}
    {%- if is_indexed -%}
        {{ checked_files(spark__parquet(var('landing_index') ~ '/files.parquet'), spark__landed_file()) }}
    {%- else -%}
        {{ no_landing_files() }}
    {%- endif -%}
{%- endmacro %}


{#- One select per shape. Files are read as one pattern, `{a,b}`, behind the part that the names of all begin with. -#}
{% macro spark__landing_view(feed, shapes) -%}
    {%- if not shapes -%}
        {{ no_landing_records(feed) }}
    {%- elif shapes[0].file_format == 'csv' -%}
        select
        {%- for column in feed.columns.values() %}
            {{ column.name }},
        {%- endfor %}
            landed_file,
            landed_row
        from {{ spark__parquet(var('landing_index') ~ '/' ~ feed.name ~ '.parquet') }}
    {%- else -%}
        {%- for shape in shapes %}
        {%- if not loop.first %} union all {% endif %}
        {%- set root = shape.locations[0][:shape.root_length] -%}
        {%- set names = [] -%}
        {%- for location in shape.locations -%}
            {%- do names.append(location[shape.root_length:]) -%}
        {%- endfor %}
        select
        {%- for column in feed.columns.values() %}
            {{ landed_value(feed, column, shape.column_types[column.name], shapes) }} as {{ column.name }},
        {%- endfor %}
            substr(_metadata.file_path, {{ ('file:' ~ root) | length + 1 }}) as landed_file,
            _metadata.row_index + 1 as landed_row
        from {{ spark__parquet(root ~ '{' ~ names | join(',') ~ '}') }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- An infinity of a Parquet file is the greatest or least number of its type: of no calendar, as it has to be. -#}
{% macro spark__landed_value(feed, column, file_type, shapes) -%}
    {%- set value = adapter.quote(column.name) -%}
    {%- if file_type == 'TIMESTAMP WITH TIME ZONE' -%}
        cast(to_utc_timestamp({{ value }}, current_timezone()) as timestamp_ntz)
    {%- else -%}
        cast({{ value }} as {{ landed_type(feed, column, shapes) }})
    {%- endif -%}
{%- endmacro %}


{% macro spark__history_view(columns, files) -%}
    {%- if files -%}
        {{ exceptions.raise_compiler_error('Spark does not read what was published before yet: run with --no-history.') }}
    {%- endif -%}
    {{ nothing_published(columns) }}
{%- endmacro %}


{% macro spark__published_rows(places) -%}
    {{ exceptions.raise_compiler_error('Spark does not restate a month yet: build it with DuckDB.') }}
{%- endmacro %}
