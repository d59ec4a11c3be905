{#- Restatements: industry figures that were published stay as they are while the rows that have changed since belong to too
    few corporate groups. Shown beside the earlier version, a new figure would give those rows away.

    Every published file with industry figures is treated here alike, by what its mart's yml and its exposure declare
    (python/car/warehouse/restatement.py gives that to dbt). No mart knows of restatements. What was published is read as
    it was published (macro register_history, schema `history`), so a mart may have gained or lost columns since.

    1. The marts are built as reckoned.
    2. `int_restatement__reports` compares own figures with the published ones, file by file, counts the corporate
       groups with a change, and decides for each role's report.
    3. Its post-hook lays the published industry figures over the marts of the reports that keep them.
    4. What reads these marts (findings, tests, the exporter) comes after it: `car run` lets it wait. -#}

{#- The published files that show industry figures, as they are declared; none where nothing of this month was published,
    and while dbt parses. `car run` gives the list (var `industry_origin`). A dictionary each:

    name, report, path   of the exposure
    relation, types   of the mart; types by column, in the order of the file
    cell   the columns that tell what a row is about
    own   figures of the recipient: columns with a unit that show nothing of the industry
    figures   figures of the industry: one per role and cell, the same for every recipient
    places   places in a league, which are told to the recipient alone
    flag   the column that says whether an industry figure of the row is withheld
    league   the column that tells the recipient's own row from its peers'; none elsewhere
    rest_row   the values by which a row is known that has the rest of a whole -#}
{% macro files_with_industry_figures() %}
    {{ return(var('industry_origin').get('files', []) if execute else []) }}
{% endmacro %}


{#- The published files of the parties with which this month's are compared to tell how many groups have changed since the
    industry's report was reckoned; none where it was not published. As `files_with_industry_figures`, with `parties`, the
    folder of the release, where the parties' own figures are held against another; and `origin`, the version of the release.
    Parts of the industry's report may come from several versions: then each file is there once for each. -#}
{% macro files_held_against() %}
    {{ return(var('industry_origin').get('held_against', []) if execute else []) }}
{% endmacro %}


{#- The files of the industry's report of which a restatement may leave something as published; none where it was not. A
    dictionary each, with name, path, relation, types and cell as above, and

    keeps   SQL of the rows that rest on rows of parties
    keeps_columns   columns that do so in the other rows
    keeps_with_report   a report of the parties, with whose figures in a role the rows of that role stay too
    rests_on   a list of SQL: the parts of the industry's report that a row rests on (int_pmr_restatement__parts) -#}
{% macro files_of_report() %}
    {{ return(var('industry_origin').get('files_of_report', []) if execute else []) }}
{% endmacro %}


{#- The version whose industry's report was published last (`in_force`), and by part the version whose figures that kept (`kept`). -#}
{% macro versions_of_report() %}
    {{ return(var('industry_origin').get('report', {}) if execute else {}) }}
{% endmacro %}


{#- SQL of the version from which the figures of a part of the industry's report come.

    part   the column with the part -#}
{% macro version_of_part(part) -%}
    {%- set versions = versions_of_report() -%}
    case
        {%- for kept, version in versions.get('kept', {}).items() %}
        when {{ part }} = {{ text_literal(kept) }} then '{{ version }}'
        {%- endfor %}
        when {{ part }} is not null then '{{ versions.get('in_force', '') }}'
    end
{%- endmacro %}


{#- A column of a published file in the type that the mart has today; null where it had no such column.

    file   of `files_with_industry_figures`
    published   names of the columns that were published -#}
{% macro as_published(file, published, column) -%}
    {%- if column not in published -%}
        cast(null as {{ type_name(file.types[column]) }})
    {%- elif file.types[column].startswith('varchar') -%}
        {{ without_apostrophe(adapter.quote(column)) }}
    {%- else -%}
        {{ cast_or_null(adapter.quote(column), file.types[column]) }}
    {%- endif -%}
{%- endmacro %}


{#- A column of a mart as `as_published` gives it. -#}
{% macro as_reckoned(file, column, alias) -%}
    {%- set name = alias ~ '.' ~ adapter.quote(column) -%}
    {{ without_apostrophe(name) if file.types[column].startswith('varchar') else name }}
{%- endmacro %}


{#- True when rows of two relations are of one role and cell. -#}
{% macro same_cell(file, reckoned, shown, columns=none) -%}
    {{ reckoned }}.role = {{ shown }}.role
    {%- for column in (file.cell if columns is none else columns) %}
        and {{ as_reckoned(file, column, reckoned) }} is not distinct from {{ shown }}.{{ adapter.quote(column) }}
    {%- endfor %}
{%- endmacro %}


{#- The value by which a column tells the row with the rest of a whole. -#}
{% macro rest_value(file, column) -%}
    {%- set value = file.rest_row[column] -%}
    {{ value if value is number else text_literal(value) }}
{%- endmacro %}


{#- True for a row with the rest of a whole; false in files that have none. -#}
{% macro is_rest_row(file, alias) -%}
    {%- if file.rest_row -%}
        {%- for column, value in file.rest_row.items() -%}
            {{ ' and ' if not loop.first }}{{ alias }}.{{ adapter.quote(column) }} = {{ rest_value(file, column) }}
        {%- endfor -%}
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}


{#- True when a file's rows can be held against what was published: that has all columns of the cell, and no two rows of a
    recipient in one. A file that has gained or lost a dimension since has other cells. -#}
{% macro is_comparable(file, published) %}
    {%- if file.cell | reject('in', published) | list or (file.league and file.league not in published) -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- do return(run_query(
        'select count(*) from (select 1 as found from ' ~ history_relation(file)
        ~ (' where ' ~ file.league ~ " = 'true'" if file.league else '')
        ~ ' group by party_id, role, '
        ~ quoted_all((file.cell + (file.rest_row.keys() | select('in', published) | list)) | unique)
        ~ ' having count(*) > 1) as repeated'
    ).rows[0][0] == 0) -%}
{% endmacro %}


{#- The published files that can be held against what was published, each with the columns that were.

    files   of `files_with_industry_figures` or `files_held_against` -#}
{% macro comparable_files(files) %}
    {%- set found = [] -%}
    {%- for file in files -%}
        {%- set published = published_columns(file) -%}
        {%- if published and is_comparable(file, published) -%}
            {%- do found.append({'file': file, 'published': published}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- A select of the recipients that have own rows which are no longer as published, that are new or gone: origin, report,
    business_process (null in a file without), file, party_id, role. Columns that only one of the two has are not compared.
    For a model with the CTE `published`, report and role of what was published.

    comparable   see `comparable_files` -#}
{% macro changed_recipients(comparable) -%}
    {%- set selects = [] -%}
    {%- for one in comparable -%}
        {%- do selects.append(changed_recipients_of(one.file, one.published)) -%}
    {%- endfor -%}
    {{ (selects or [nobody()]) | join('\n\n    union all\n\n    ') }}
{%- endmacro %}


{% macro nobody() -%}
    select
        cast(null as string) as origin,
        cast(null as string) as report,
        cast(null as string) as business_process,
        cast(null as string) as file,
        cast(null as string) as party_id,
        cast(null as string) as role
    where false
{%- endmacro %}


{#- The part of `changed_recipients` for one file. -#}
{% macro changed_recipients_of(file, published) -%}
    {%- set compared = file.cell + (file.own | select('in', published) | list) -%}
    select distinct
        '{{ file.get('origin', '') }}' as origin,
        '{{ file.report }}' as report,
        {{ 'either.business_process' if 'business_process' in file.cell else 'cast(null as string)' }} as business_process,
        '{{ file.name }}' as file,
        either.party_id,
        either.role
    from (
        select
            1 as side,
            reckoned.party_id,
            reckoned.role,
            {%- for column in compared %}
            {{ as_reckoned(file, column, 'reckoned') }} as {{ adapter.quote(column) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ file.relation }} as reckoned
        where
            {% if file.league %}{{ file.league }} and {% endif -%}
            reckoned.role in (select published.role from published where published.report = '{{ file.report }}')

        union all

        select
            -1 as side,
            party_id,
            role,
            {%- for column in compared %}
            {{ as_published(file, published, column) }} as {{ adapter.quote(column) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ history_relation(file) }}
        {%- if file.league %}
        where {{ file.league }} = 'true'
        {%- endif %}
    ) as either
    {%- if file.rest_row %}
    -- What there is besides the recipient's own rows is of others.
    where not coalesce({{ is_rest_row(file, 'either') }}, false)
    {%- endif %}
    group by
        either.party_id,
        either.role,
        {%- for column in compared %}
        either.{{ adapter.quote(column) }}{{ ',' if not loop.last }}
        {%- endfor %}
    having sum(either.side) != 0
{%- endmacro %}


{#- A list of the reports of which at least one file with own figures could be compared.

    comparable   see `comparable_files` -#}
{% macro compared_reports(comparable) %}
    {{ return(compared_files(comparable) | map(attribute='report') | unique | list) }}
{% endmacro %}


{#- The versions and reports, with a blank between, of which at least one file with own figures could be compared, as a list in
    SQL; one that is no version where none could.

    comparable   see `comparable_files` -#}
{% macro compared_origins(comparable) -%}
    {%- set found = [''] -%}
    {%- for file in compared_files(comparable) -%}
        {%- do found.append(file.origin ~ ' ' ~ file.report) -%}
    {%- endfor -%}
    '{{ found | unique | join("', '") }}'
{%- endmacro %}


{#- The files with own figures that could be compared, as `files_with_industry_figures` or `files_held_against` has them.

    comparable   see `comparable_files` -#}
{% macro compared_files(comparable) %}
    {%- set files = [] -%}
    {%- for one in comparable if one.file.own | select('in', one.published) | list -%}
        {%- do files.append(one.file) -%}
    {%- endfor -%}
    {{ return(files) }}
{% endmacro %}


{#- Post-hook of int_restatement__reports: lays what was published over the marts of the reports that keep it. -#}
{% macro lay_over_kept_figures() %}
    {%- if execute -%}
        {%- set kept = run_query('select report, role from ' ~ this ~ ' where is_kept order by report, role').rows -%}
        {%- for file in files_with_industry_figures() if kept -%}
            {%- set roles = kept | selectattr('report', 'equalto', file.report) | map(attribute='role') | list -%}
            {%- if roles -%}
                {%- set published = published_columns(file) -%}
                {%- set rows = kept_league(file, published) if file.league else kept_figures(file, published) -%}
                {%- do replace_rows(file, rows, "role in ('" ~ roles | join("', '") ~ "')") -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    select 1
{% endmacro %}


{#- Post-hook of the model that decides of the industry's report: lays what was published over the rows of its files that rest on
    a part which stays. -#}
{% macro lay_over_kept_report() %}
    {%- if execute -%}
        {%- set parts = run_query('select part, is_kept from ' ~ this ~ ' order by part').rows -%}
        {%- set by_role = run_query('select report, role from ' ~ ref('int_restatement__reports') ~ ' where is_kept').rows -%}
        {%- for file in files_of_report() -%}
            {%- set roles = by_role | selectattr('report', 'equalto', file.keeps_with_report) | map(attribute='role') | list -%}
            {%- set stays = stays_as_published(file, parts, roles) -%}
            {%- if stays != 'false' -%}
                {%- do replace_rows(
                    file, kept_report_rows(file, published_columns(file), stays),
                    'true' if file.keeps_columns else '(' ~ file.keeps ~ ') and (' ~ stays ~ ')') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    select 1
{% endmacro %}


{#- SQL of the rows of a file of the industry's report that rest on a part whose figures stay; `false` where no part does. A row
    may rest on several parts: it stays with any of them. One of no known part stays where anything does.

    parts   rows of the model that decides: part, is_kept
    roles   roles of the parties whose report the file stays with -#}
{% macro stays_as_published(file, parts, roles) -%}
    {%- set known = parts | map(attribute='part') | list -%}
    {%- set kept = parts | selectattr('is_kept') | map(attribute='part') | list -%}
    {%- set conditions = [] -%}
    {%- if kept -%}
        {%- for part in file.rests_on -%}
            {%- do conditions.append('coalesce(' ~ part ~ " in ('" ~ kept | join("', '") ~ "'), false)") -%}
        {%- endfor -%}
        {%- set is_of_known_part = [] -%}
        {%- for part in file.rests_on -%}
            {%- do is_of_known_part.append('coalesce(' ~ part ~ " in ('" ~ known | join("', '") ~ "'), false)") -%}
        {%- endfor -%}
        {%- do conditions.append('not (' ~ (is_of_known_part or ['false']) | join(' or ') ~ ')') -%}
    {%- endif -%}
    {%- if roles -%}
        {%- do conditions.append("role in ('" ~ roles | join("', '") ~ "')") -%}
    {%- endif -%}
    {{ (conditions or ['false']) | join(' or ') }}
{%- endmacro %}


{#- A select of the rows of a file of the industry's report: those that rest on rows of parties and stay are as they were
    published, and no others of these; the other rows are as reckoned, with the columns that rest on rows of parties as
    published where these stay. A file that was not published then shows none of what it would keep.

    published   names of the columns that were published
    stays   see `stays_as_published` -#}
{% macro kept_report_rows(file, published, stays) -%}
    {%- set own = file.cell | select('in', file.types) | list -%}
    with

    published as (

        select
            {%- for column in file.types %}
            {{ as_published(file, published, column) }} as {{ adapter.quote(column) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ history_relation(file) }}

    ),

    reckoned as (

        select
            *,
            {{ stays }} as stays_as_published
        from {{ file.relation }}

    )

    select *
    from published
    where ({{ file.keeps }}) and ({{ stays }})

    union all

    select
        {%- for column in file.types %}
        {%- set name = adapter.quote(column) %}
        {%- if column in file.keeps_columns %}
        case when reckoned.stays_as_published then published.{{ name }} else reckoned.{{ name }} end as {{ name }}
        {%- else %}
        reckoned.{{ name }}
        {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select * from reckoned where not coalesce(({{ file.keeps }}) and stays_as_published, false)
    ) as reckoned
    left join published
        on
            true
            {%- for column in own %}
            and {{ as_reckoned(file, column, 'reckoned') }} is not distinct from published.{{ adapter.quote(column) }}
            {%- endfor %}
{%- endmacro %}


{#- Puts rows in the place of those of a mart that meet a condition. The contract holds of them as of all.

    rows   a select of all columns of the file, from the mart itself
    where   condition on the mart's rows, and on those of `rows` -#}
{% macro replace_rows(file, rows, where) %}
    {%- do adapter.dispatch('replace_rows')(file, rows, where) -%}
{% endmacro %}

{% macro duckdb__replace_rows(file, rows, where) %}
    {%- set columns = quoted_all(file.types.keys()) -%}
    {%- do run_query('create or replace temporary table kept_rows as select * from (' ~ rows ~ ') as kept where ' ~ where) -%}
    {%- do run_query('delete from ' ~ file.relation ~ ' where ' ~ where) -%}
    {%- do run_query('insert into ' ~ file.relation ~ ' (' ~ columns ~ ') select ' ~ columns ~ ' from kept_rows') -%}
    {%- do run_query('drop table kept_rows') -%}
    {#- A relation without its comment is not as the build left it: the next one makes it anew. -#}
    {%- do run_query('comment on table ' ~ file.relation ~ ' is null') -%}
{% endmacro %}

{#- Parquet has no rows to take away: the table is written again, from one beside it. -#}
{% macro spark__replace_rows(file, rows, where) %}
    {%- set columns = quoted_all(file.types.keys()) -%}
    {%- set kept = file.relation ~ '__kept' -%}
    {%- do put_table(
        kept,
        'select ' ~ columns ~ ' from (' ~ rows ~ ') as kept where ' ~ where
        ~ ' union all select ' ~ columns ~ ' from ' ~ file.relation ~ ' where not coalesce(' ~ where ~ ', false)',
        '.kept'
    ) -%}
    {%- call statement('write_again') -%}
        insert overwrite {{ file.relation }} select {{ columns }} from {{ kept }}
    {%- endcall -%}
    {%- call statement('drop') -%} drop table {{ kept }} {%- endcall -%}
{% endmacro %}


{#- A select of a mart's rows with the industry figures that were published. A cell that was published to nobody has none,
    and says so; so has a figure that was not published then. The rest of a whole is as published, there or not, where the
    recipient's other rows of it are those of then; elsewhere it is reckoned from what stays. Today's tells today's figures.

    published   names of the columns that were published -#}
{% macro kept_figures(file, published) -%}
    {%- set known = file.figures + file.places + ([file.flag] if file.flag else []) -%}
    {%- set whole = file.cell | reject('in', file.rest_row) | list -%}
    {%- set of_whole = file.types | select('in', ['reporting_month', 'party_id', 'role'] + whole) | list -%}
    with

    published as (

        select
            party_id,
            role,
            {%- for column in file.cell + known + (file.rest_row.keys() | reject('in', file.cell) | list) %}
            {{ as_published(file, published, column) }} as {{ adapter.quote(column) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ history_relation(file) }}

    ),

    shown as (

        -- Two figures of one cell are of other cells than today's: neither is taken.
        select
            role,
            {%- for column in file.cell %}
            {{ adapter.quote(column) }},
            {%- endfor %}
            {%- for column in file.figures %}
            min(published.{{ column }}) as {{ column }},
            {%- endfor %}
            {{ 'min(published.' ~ file.flag ~ ')' if file.flag in published else 'true' }} as is_withheld
        from published
        where not ({{ is_rest_row(file, 'published') }})
        group by
            role,
            {%- for column in file.cell %}
            {{ adapter.quote(column) }}{{ ',' if not loop.last }}
            {%- endfor %}
        having
            true
            {%- for column in file.figures + ([file.flag] if file.flag else []) %}
            and min(published.{{ column }}) is not distinct from max(published.{{ column }})
            and count(published.{{ column }}) in (0, count(*))
            {%- endfor %}

    ),

    laid_over as (

        select
            reckoned.*,
            {%- for column in file.figures %}
            shown.{{ column }} as shown_{{ column }},
            {%- endfor %}
            {%- for column in file.places %}
            to_recipient.{{ column }} as shown_{{ column }},
            {%- endfor %}
            coalesce(shown.is_withheld, true)
            {%- for column in file.figures if column not in published %}
            or reckoned.{{ column }} is not null
            {%- endfor %} as shown_is_withheld,
            {{ is_rest_row(file, 'reckoned') }} as is_rest,
            to_recipient.party_id is not null as was_shown_to_recipient
        from {{ file.relation }} as reckoned
        left join shown
            on
                {{ same_cell(file, 'reckoned', 'shown') }}
        left join published as to_recipient
            on
                reckoned.party_id = to_recipient.party_id
                and {{ same_cell(file, 'reckoned', 'to_recipient') }}
                and ({{ is_rest_row(file, 'reckoned') }}) = ({{ is_rest_row(file, 'to_recipient') }})

    )
    {%- if file.rest_row %},

    published_wholes as (

        select
            party_id,
            role,
            {%- for column in whole %}
            {{ adapter.quote(column) }},
            {%- endfor %}
            {%- for column in file.figures %}
            max(case when {{ is_rest_row(file, 'published') }} then {{ column }} end) as {{ column }},
            {%- endfor %}
            max(case when {{ is_rest_row(file, 'published') }} then {{ file.flag }} end) as is_withheld,
            count(case when {{ is_rest_row(file, 'published') }} then 1 end) as rest_count,
            count(case when not ({{ is_rest_row(file, 'published') }}) then 1 end) as part_count
        from published
        group by
            party_id,
            role{{ ',' if whole }}
            {%- for column in whole %}
            {{ adapter.quote(column) }}{{ ',' if not loop.last }}
            {%- endfor %}

    ),

    wholes as (

        select
            {%- for column in of_whole %}
            {{ adapter.quote(column) }},
            {%- endfor %}
            {%- for column in file.figures %}
            sum(shown_{{ column }}) as shown_sum_{{ column }},
            {%- endfor %}
            max(shown_is_withheld) as is_any_withheld,
            count(*) as part_count,
            count(case when was_shown_to_recipient then 1 end) as known_part_count
        from laid_over
        where not is_rest
        group by
            {%- for column in of_whole %}
            {{ adapter.quote(column) }}{{ ',' if not loop.last }}
            {%- endfor %}

    ),

    rests as (

        select
            wholes.*,
            coalesce(
                wholes.part_count = wholes.known_part_count and wholes.part_count = published_wholes.part_count, false
            ) as is_as_published,
            {%- for column in file.figures %}
            published_wholes.{{ column }} as published_{{ column }},
            {%- endfor %}
            published_wholes.is_withheld as published_is_withheld,
            published_wholes.rest_count
        from wholes
        left join published_wholes
            on
                wholes.party_id = published_wholes.party_id
                and {{ same_cell(file, 'wholes', 'published_wholes', whole) }}

    )
    {%- endif %}

    select
        {%- for column in file.types %}
        {%- set name = adapter.quote(column) %}
        {%- if column in file.figures + file.places %}
        shown_{{ column }} as {{ name }}
        {%- elif column == file.flag %}
        shown_is_withheld as {{ name }}
        {%- else %}
        {{ name }}
        {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    from laid_over
    {%- if file.rest_row %}
    where not is_rest

    union all

    -- There is a rest where there was one; of other parts, where the shares that are shown of them leave one.
    select
        {%- for column, data_type in file.types.items() %}
        {%- set name = adapter.quote(column) %}
        {%- if column in file.figures %}
        cast(
            case
                when is_as_published then published_{{ column }}
                else {{ share_that_is_left('shown_sum_' ~ column) }}
            end as {{ type_name(data_type) }}
        ) as {{ name }}
        {%- elif column == file.flag %}
        case
            when is_as_published then published_is_withheld
            else
                {%- for figure in file.figures %}
                {{ 'or ' if not loop.first }}shown_sum_{{ figure }} is null
                {%- endfor %}
        end as {{ name }}
        {%- elif column in file.rest_row %}
        cast({{ rest_value(file, column) }} as {{ type_name(data_type) }}) as {{ name }}
        {%- elif column in of_whole %}
        {{ name }}
        {%- else %}
        cast(null as {{ type_name(data_type) }}) as {{ name }}
        {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    from rests
    where
        case
            when is_as_published then rest_count > 0
            else
                is_any_withheld
                {%- for figure in file.figures %}
                or shown_sum_{{ figure }} < 1
                {%- endfor %}
        end
    {%- endif %}
{%- endmacro %}


{#- A select of a league's rows as they were published to the recipient. One that is new to a cell has its own row, without
    a place, and its peers as published to another. -#}
{% macro kept_league(file, published) -%}
    {%- set others = file.types.keys() | reject('in', ['reporting_month', 'party_id', 'role'] + file.cell) | list -%}
    with

    own_rows as (

        select * from {{ file.relation }} where {{ file.league }}

    ),

    published as (

        select
            party_id,
            role,
            {%- for column in file.cell + others %}
            {{ as_published(file, published, column) }} as {{ adapter.quote(column) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ history_relation(file) }}

    ),

    known as (

        select distinct
            party_id,
            role,
            {%- for column in file.cell %}
            {{ adapter.quote(column) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from published

    ),

    new_rows as (

        select own_rows.*
        from own_rows
        left join known
            on
                own_rows.party_id = known.party_id
                and {{ same_cell(file, 'own_rows', 'known') }}
        where known.party_id is null

    ),

    readers as (

        select
            published.*,
            dense_rank() over (
                partition by
                    role,
                    {%- for column in file.cell %}
                    {{ adapter.quote(column) }}{{ ',' if not loop.last }}
                    {%- endfor %}
                order by party_id
            ) as reader_number
        from published
        where {{ file.places | join(' is not null and ') }} is not null

    )

    -- What the recipient was shown.
    select
        {%- for column in file.types %}
        {{ 'published' if column in others and column in published else 'own_rows' }}.{{ adapter.quote(column) }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from own_rows
    inner join published
        on
            own_rows.party_id = published.party_id
            and {{ same_cell(file, 'own_rows', 'published') }}

    union all

    -- Its own row, where it was shown none.
    select
        {%- for column, data_type in file.types.items() %}
        {{ 'cast(null as ' ~ type_name(data_type) ~ ')' if column in file.places else adapter.quote(column) }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from new_rows

    union all

    -- Its peers then, as another was shown them.
    select
        {%- for column in file.types %}
        {% if column == file.league -%}
        false
        {%- else -%}
        {{ 'readers' if column in others else 'new_rows' }}.{{ adapter.quote(column) }}
        {%- endif -%}
        {{ ',' if not loop.last }}
        {%- endfor %}
    from new_rows
    inner join readers
        on
            readers.reader_number = 1
            and {{ same_cell(file, 'new_rows', 'readers') }}
{%- endmacro %}
