{#- Makes schema `landing`: one view per feed, whatever the files look like that it came in.

    Reads the landing index that `car check` wrote (var `landing_index`): which files were loaded,
    what shape each has. A feed without files has a view without rows; so has every feed when there
    is no index yet, and a warning says how to make one. -#}
{% macro register_landing() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'snapshot', 'show', 'compile', 'run-operation'] -%}
        {%- set feeds = landing_feeds() -%}
        {%- set files = landing_files() -%}
        {%- do run_query('create schema if not exists ' ~ landing_schema()) -%}
        {%- do put_view(landing_schema() ~ '.files', adapter.dispatch('landing_files_view')(files != {})) -%}
        {%- do put_table(
            landing_schema() ~ '.contract', 'select ' ~ text_literal(tojson(feeds)) ~ ' as feeds'
        ) -%}
        {%- for feed in feeds -%}
            {%- do put_view(
                landing_schema() ~ '.' ~ feed.name,
                adapter.dispatch('landing_view')(feed, files.get(feed.name, []))
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    select 1
{% endmacro %}


{#- The source tables of the landing zone: the contract of the feeds. dbt gives a unit test no sources to
    look at, so there it is read from where the start of the run kept it. -#}
{% macro landing_feeds() -%}
    {%- set feeds = [] -%}
    {%- for source in graph.get('sources', {}).values() if source.source_name == 'landing' -%}
        {%- do feeds.append({'name': source.name, 'meta': source.meta, 'columns': source.columns}) -%}
    {%- endfor -%}
    {%- if not feeds and execute -%}
        {%- set feeds = fromjson(run_query('select feeds from ' ~ landing_schema() ~ '.contract').rows[0][0]) -%}
        {%- do return(feeds) -%}
    {%- endif -%}
    {%- do return(feeds | sort(attribute='name')) -%}
{%- endmacro %}


{% macro landing_feed(name) -%}
    {%- for feed in landing_feeds() if feed.name == name -%}
        {%- do return(feed) -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error("No feed named '" ~ name ~ "' in models/staging/_landing__sources.yml") -%}
{%- endmacro %}


{#- The columns of a feed in the contract's order. -#}
{% macro landing_columns(name) -%}
    {%- do return(landing_feed(name).columns.values() | list) -%}
{%- endmacro %}


{% macro landing_schema() -%}
    {%- do return('landing') -%}
{%- endmacro %}


{#- {feed: [shape, ...]}: loaded files grouped by shape, so that each group is one scan; a condition on landed_file
    chooses among them. -#}
{% macro landing_files(condition='true') -%}
    {%- do return(adapter.dispatch('landing_files')(condition)) -%}
{%- endmacro %}

{% macro duckdb__landing_files(condition) -%}
    {%- set index = var('landing_index') ~ '/files.parquet' -%}
    {%- set found = run_query("select count(*) from glob('" ~ index | replace("'", "''") ~ "')").columns[0].values()[0] -%}
    {%- if not found -%}
        {%- do exceptions.warn(
            "No landing index in '" ~ var('landing_index') ~ "': every feed is empty. Run `car demo` for a "
            "simulated month, or `car check --landing DIR --work DIR` and pass its folder as var landing_index."
        ) -%}
        {%- do return({}) -%}
    {%- endif -%}
    {%- do return(loaded_files("read_parquet('" ~ index | replace("'", "''") ~ "')", duckdb__landed_file(), condition)) -%}
{%- endmacro %}


{#- Loaded files by feed, those of one shape together.

    index   files.parquet of the landing index, as a relation
    landed_file   SQL of how the records of a file name it
    condition   on landed_file: which files -#}
{% macro loaded_files(index, landed_file, condition) -%}
    {%- set rows = run_query(
        'select feed, shape, file_format, column_types, location, length(location) - length(path), landed_file'
        ~ ' from (select *, ' ~ landed_file ~ ' as landed_file from ' ~ index ~ ') as files'
        ~ " where verdict = 'loaded' and record_count > 0 and " ~ condition
        ~ ' order by feed, shape, path'
    ) -%}
    {%- set files = {} -%}
    {%- for feed, shape, file_format, column_types, location, root_length, landed_file in rows.rows -%}
        {%- set shapes = files.setdefault(feed, []) -%}
        {%- if not shapes or shapes[-1].shape != shape -%}
            {%- do shapes.append({
                'shape': shape,
                'file_format': file_format,
                'column_types': fromjson(column_types),
                'locations': [],
                'landed_files': {},
                'root_length': root_length | int,
            }) -%}
        {%- endif -%}
        {%- do shapes[-1].locations.append(location) -%}
        {%- do shapes[-1].landed_files.update({location: landed_file}) -%}
    {%- endfor -%}
    {%- do return(files) -%}
{%- endmacro %}


{#- What the landing check found of each file; without rows where there is no index. -#}
{% macro duckdb__landing_files_view(is_indexed) -%}
    {%- if is_indexed -%}
        {%- set index = var('landing_index') ~ '/files.parquet' -%}
        {{ checked_files("read_parquet('" ~ index | replace("'", "''") ~ "')", duckdb__landed_file()) }}
    {%- else -%}
        {{ no_landing_files() }}
    {%- endif -%}
{%- endmacro %}


{#- The relation `files`.

    index   files.parquet of the landing index, as a relation
    landed_file   SQL of how the records of a file name it -#}
{% macro checked_files(index, landed_file) -%}
    select
        feed,
        {{ landed_file }} as landed_file,
        file_format,
        landed_on,
        verdict,
        record_count,
        byte_count,
        sha256,
        column_types
    from {{ index }}
{%- endmacro %}


{#- The relation `files` without a row. -#}
{% macro no_landing_files() -%}
    select
        cast(null as string) as feed,
        cast(null as string) as landed_file,
        cast(null as string) as file_format,
        cast(null as date) as landed_on,
        cast(null as string) as verdict,
        cast(null as bigint) as record_count,
        cast(null as bigint) as byte_count,
        cast(null as string) as sha256,
        cast(null as string) as column_types
    where false
{%- endmacro %}


{#- How the records of a file of the landing index name it. A Parquet file whose name would be read as a pattern is
    opened by a link, without backslashes. -#}
{% macro duckdb__landed_file() -%}
    case
                when file_format = 'parquet' and regexp_matches(path, '[*?\[]') then replace(path, '\', '_')
                else path
            end
{%- endmacro %}


{#- The files that the records of a feed are read from, each with all that decides what they are. -#}
{% macro landing_file_versions(feed) -%}
    select landed_file, byte_count, sha256, column_types
    from {{ landing_schema() }}.files
    where feed = '{{ feed }}' and verdict = 'loaded' and record_count > 0
{%- endmacro %}


{#- One select per shape: contract columns in one type each, and where the record stands. -#}
{% macro duckdb__landing_view(feed, shapes) -%}
    {%- if not shapes -%}
        {{ no_landing_records(feed) }}
    {%- elif shapes[0].file_format == 'csv' -%}
        select
        {%- for column in feed.columns.values() %}
            {{ column.name }},
        {%- endfor %}
            landed_file,
            landed_row
        from read_parquet('{{ (var('landing_index') ~ '/' ~ feed.name ~ '.parquet') | replace("'", "''") }}')
    {%- else -%}
        {%- for shape in shapes %}
        {%- if not loop.first %} union all {% endif %}
        select
        {%- for column in feed.columns.values() %}
            {{ landed_value(feed, column, shape.column_types[column.name], shapes) }} as {{ column.name }},
        {%- endfor %}
            substr(car_location, {{ shape.root_length + 1 }}) as landed_file,
            file_row_number + 1 as landed_row
        from read_parquet(
            [{% for location in shape.locations %}'{{ location | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}],
            filename = 'car_location', file_row_number = true, hive_partitioning = false
        )
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- The view of a feed without files. -#}
{% macro no_landing_records(feed) -%}
    select
    {%- for column in feed.columns.values() %}
        cast(null as {{ landed_type(feed, column, []) }}) as {{ column.name }},
    {%- endfor %}
        cast(null as string) as landed_file,
        cast(null as bigint) as landed_row
    where false
{%- endmacro %}


{#- The type that a contract column has in the feed's view: text as it came, whole numbers wide
    enough for whatever the files hold (a value out of the contract's range is quarantined later). -#}
{% macro landed_type(feed, column, shapes) -%}
    {%- if feed.meta.file_format == 'csv' or column.data_type == 'varchar' -%}
        string
    {%- elif column.data_type in ('tinyint', 'bigint') -%}
        {%- set wide = namespace(found=false) -%}
        {%- for shape in shapes if shape.column_types.get(column.name) in ('UBIGINT', 'HUGEINT', 'UHUGEINT') -%}
            {%- set wide.found = true -%}
        {%- endfor -%}
        {{- wide_integer() if wide.found else 'bigint' -}}
    {%- else -%}
        {{- column.data_type -}}
    {%- endif -%}
{%- endmacro %}


{#- A contract column of a Parquet file, in the type of the feed's view. Whatever type the landing check lets pass can be
    read here (python/car/landing/contract.py). An instant is UTC without zone, and cut to the microsecond. -#}
{% macro landed_value(feed, column, file_type, shapes) -%}
    {{ adapter.dispatch('landed_value')(feed, column, file_type, shapes) }}
{%- endmacro %}

{#- A cast would round nanoseconds, and DuckDB has no casts of instants with a zone that it can always make. What DuckDB
    holds and cannot print becomes an infinity, which is of no calendar either. -#}
{% macro duckdb__landed_value(feed, column, file_type, shapes) -%}
    {%- set value = adapter.quote(column.name) -%}
    {%- if file_type in ('TIMESTAMP_NS', 'TIMESTAMPTZ_NS') -%}
        {%- set ns = 'epoch_ns(' ~ value ~ ')' -%}
        coalesce(
            make_timestamp({{ ns }} // 1000 - case when {{ ns }} % 1000 < 0 then 1 else 0 end),
            case when {{ value }} is not null then timestamp 'infinity' end
        )
    {%- elif file_type.startswith('TIMESTAMP') -%}
        {%- set has_zone = file_type == 'TIMESTAMP WITH TIME ZONE' -%}
        {%- set first = "timestamptz '290309-12-22 (BC) 00:00:00+00'" if has_zone else "timestamp '290309-12-22 (BC) 00:00:00'" -%}
        case
            when {{ value }} < {{ first }} then timestamp '-infinity'
            else {{ "timezone('UTC', " ~ value ~ ')' if has_zone else value }}
        end
    {%- else -%}
        cast({{ value }} as {{ landed_type(feed, column, shapes) }})
    {%- endif -%}
{%- endmacro %}
