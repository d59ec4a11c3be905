{#- Words that differ between engines. A model never writes them itself. -#}

{#- Said of a CTE that two others read and that is too wide to be kept in memory: it is computed
    where it is read. (DuckDB keeps a CTE that is read twice unless told otherwise.) -#}
{% macro inlined() -%}
    {{ adapter.dispatch('inlined')() }}
{%- endmacro %}

{% macro duckdb__inlined() -%}
    not materialized
{%- endmacro %}

{#- Spark computes a CTE where it is read. -#}
{% macro spark__inlined() -%}
{%- endmacro %}


{#- Of a model whose CTEs go on from each other in turns, each of which reads the one before several times: said after the
    CTEs that all turns read. An engine that computes a CTE wherever it is read would compute the first turn once for each
    way that leads to it. It stores what comes of a turn (macro spark__stored_turns). -#}
{% macro before_turns() -%}
    {{ adapter.dispatch('before_turns')() }}
{%- endmacro %}

{% macro duckdb__before_turns() -%}
{%- endmacro %}

{% macro spark__before_turns() -%}
    /* turns */
{%- endmacro %}


{#- Said after a CTE of a turn that others of the turn read several times.

    name   of the CTE -#}
{% macro within_turn(name) -%}
    {{ adapter.dispatch('after_turn')(name, none) }}
{%- endmacro %}


{#- Said after the last CTE of a turn, whose name ends in its number.

    name   of the CTE
    since   that of an earlier turn: where it has the same rows, no later turn changes anything -#}
{% macro after_turn(name, since=none) -%}
    {{ adapter.dispatch('after_turn')(name, since) }}
{%- endmacro %}

{% macro duckdb__after_turn(name, since) -%}
{%- endmacro %}

{% macro spark__after_turn(name, since) -%}
    /* turn {{ name }} since {{ since or name }} */
{%- endmacro %}


{#- Whether a text matches a pattern from its first character to its last. -#}
{% macro matches(text, pattern) -%}
    {{ adapter.dispatch('matches')(text, pattern) }}
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{#- A raw text: in an ordinary one `\.` is a dot alone, which matches anything. `\z` and not `$`, which a line break may
    follow. -#}
{% macro spark__matches(text, pattern) -%}
    ({{ text }} rlike r'\A(?:{{ pattern }})\z')
{%- endmacro %}


{#- A text that is one of a short list, as an engine keeps it best: where rows are grouped by it, a number costs less.

    values   list of the texts -#}
{% macro one_of(text, values) -%}
    {{ adapter.dispatch('one_of')(text, values) }}
{%- endmacro %}

{% macro duckdb__one_of(text, values) -%}
    cast({{ text }} as enum('{{ values | join("', '") }}'))
{%- endmacro %}

{% macro spark__one_of(text, values) -%}
    cast({{ text }} as string)
{%- endmacro %}


{#- A cast that gives null where the text is not of the type. -#}
{% macro cast_or_null(expression, data_type) -%}
    {{ adapter.dispatch('cast_or_null')(expression, data_type) }}
{%- endmacro %}

{% macro duckdb__cast_or_null(expression, data_type) -%}
    try_cast({{ expression }} as {{ data_type }})
{%- endmacro %}

{% macro spark__cast_or_null(expression, data_type) -%}
    try_cast({{ expression }} as {{ type_name(data_type) }})
{%- endmacro %}


{#- The list of those of several texts that are not null, each once, in order; null when there is none. -#}
{% macro text_list(expressions) -%}
    {{ adapter.dispatch('text_list')(expressions) }}
{%- endmacro %}

{% macro duckdb__text_list(expressions) -%}
    nullif(list_sort(list_distinct([{{ expressions | join(', ') }}])), [])
{%- endmacro %}

{% macro spark__text_list(expressions) -%}
    nullif(
        array_sort(array_distinct(array_compact(array({{ expressions | join(', ') }})))),
        cast(array() as array<string>)
    )
{%- endmacro %}


{#- The type of a sum of milliseconds: wider than any number of the longest times that a feed can name. -#}
{% macro wide_integer() -%}
    {{ adapter.dispatch('wide_integer')() }}
{%- endmacro %}

{% macro duckdb__wide_integer() -%}
    hugeint
{%- endmacro %}

{% macro spark__wide_integer() -%}
    decimal(38, 0)
{%- endmacro %}


{#- Whole milliseconds since 1970, the rest cut off. (`epoch_ms` of DuckDB rounds.) -#}
{% macro epoch_ms(instant) -%}
    {{ adapter.dispatch('epoch_ms')(instant) }}
{%- endmacro %}

{% macro duckdb__epoch_ms(instant) -%}
    epoch_us({{ instant }}) // 1000
{%- endmacro %}

{#- The session's zone is UTC. -#}
{% macro spark__epoch_ms(instant) -%}
    {{ spark__whole_quotient(spark__epoch_us(instant), '1000') }}
{%- endmacro %}


{#- The calendar day some whole days after another. -#}
{% macro add_days(day, count) -%}
    {{ adapter.dispatch('add_days')(day, count) }}
{%- endmacro %}

{% macro duckdb__add_days(day, count) -%}
    ({{ day }} + cast({{ count }} as integer))
{%- endmacro %}

{% macro spark__add_days(day, count) -%}
    date_add({{ day }}, cast({{ count }} as integer))
{%- endmacro %}


{#- How many days one calendar day lies after another. -#}
{% macro days_between(earlier, later) -%}
    {{ adapter.dispatch('days_between')(earlier, later) }}
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%}
    ({{ later }} - {{ earlier }})
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    cast(date_diff({{ later }}, {{ earlier }}) as bigint)
{%- endmacro %}


{#- The name of a calendar day's weekday, in English: Monday. -#}
{% macro weekday(day) -%}
    {{ adapter.dispatch('weekday')(day) }}
{%- endmacro %}

{% macro duckdb__weekday(day) -%}
    dayname({{ day }})
{%- endmacro %}

{% macro spark__weekday(day) -%}
    case {{ spark__iso_weekday(day) }}
        {%- for name in ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- The ISO week of a calendar day with the year that the week is of: 2026-W53. -#}
{% macro iso_week(day) -%}
    {{ adapter.dispatch('iso_week')(day) }}
{%- endmacro %}

{% macro duckdb__iso_week(day) -%}
    strftime({{ day }}, '%G-W%V')
{%- endmacro %}

{#- The week is of the year that its Thursday is of. -#}
{% macro spark__iso_week(day) -%}
    cast(year(date_add({{ day }}, 4 - {{ spark__iso_weekday(day) }})) as string)
    || '-W' || lpad(cast(weekofyear({{ day }}) as string), 2, '0')
{%- endmacro %}


{#- A value for each row, none twice, in no order: only ever used to tell rows of one query apart, for nothing that is
    kept or published.

    cell   list of the columns by which no two rows are alike -#}
{% macro any_row_number(cell) -%}
    {{ adapter.dispatch('any_row_number')(cell) }}
{%- endmacro %}

{% macro duckdb__any_row_number(cell) -%}
    row_number() over ()
{%- endmacro %}

{#- What is read twice is computed twice, and the value has to be the same both times: it is made of the row. With the
    length of each text before it no two rows make one; null has the length -1. -#}
{% macro spark__any_row_number(cell) -%}
    concat_ws('/'
    {%- for column in cell -%}
        , coalesce(length(cast({{ column }} as string)), -1), coalesce(cast({{ column }} as string), '')
    {%- endfor -%}
    )
{%- endmacro %}


{#- Whole-number division that drops the rest. -#}
{% macro whole_quotient(numerator, denominator) -%}
    {{ adapter.dispatch('whole_quotient')(numerator, denominator) }}
{%- endmacro %}

{% macro duckdb__whole_quotient(numerator, denominator) -%}
    ({{ numerator }}) // ({{ denominator }})
{%- endmacro %}

{% macro spark__whole_quotient(numerator, denominator) -%}
    (({{ numerator }}) div ({{ denominator }}))
{%- endmacro %}


{#- Aggregate: the values of a group as a list, in no order. -#}
{% macro list_of(value) -%}
    {{ adapter.dispatch('list_of')(value) }}
{%- endmacro %}

{% macro duckdb__list_of(value) -%}
    list({{ value }})
{%- endmacro %}

{#- Nulls are left out. -#}
{% macro spark__list_of(value) -%}
    collect_list({{ value }})
{%- endmacro %}


{#- A list of some values. -#}
{% macro literal_list(values) -%}
    {{ adapter.dispatch('literal_list')(values) }}
{%- endmacro %}

{% macro duckdb__literal_list(values) -%}
    [{{ values | join(', ') }}]
{%- endmacro %}

{% macro spark__literal_list(values) -%}
    array({{ values | join(', ') }})
{%- endmacro %}


{#- How many of a list's instants are not before another, all of them where that is null; 0 without a list. -#}
{% macro count_from(instants, begin) -%}
    {{ adapter.dispatch('count_from')(instants, begin) }}
{%- endmacro %}

{% macro duckdb__count_from(instants, begin) -%}
    coalesce(len(list_filter({{ instants }}, lambda instant: {{ begin }} is null or instant >= {{ begin }})), 0)
{%- endmacro %}

{#- `size` of no list may be -1. -#}
{% macro spark__count_from(instants, begin) -%}
    cast(
        coalesce(
            array_size(filter({{ instants }}, instant -> {{ begin }} is null or instant >= {{ begin }})), 0
        ) as bigint
    )
{%- endmacro %}


{#- Whether a list of texts has one of them. -#}
{% macro list_has(list, text) -%}
    {{ adapter.dispatch('list_has')(list, text) }}
{%- endmacro %}

{% macro duckdb__list_has(list, text) -%}
    list_contains({{ list }}, '{{ text }}')
{%- endmacro %}

{% macro spark__list_has(list, text) -%}
    array_contains({{ list }}, '{{ text }}')
{%- endmacro %}


{#- One row per member of a list. -#}
{% macro each_of(list) -%}
    {{ adapter.dispatch('each_of')(list) }}
{%- endmacro %}

{% macro duckdb__each_of(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro spark__each_of(list) -%}
    explode({{ list }})
{%- endmacro %}


{#- The texts of a group as one, in order, with a separator between them; null when there is none. -#}
{% macro joined_text(text, separator) -%}
    {{ adapter.dispatch('joined_text')(text, separator) }}
{%- endmacro %}

{% macro duckdb__joined_text(text, separator) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ text }})
{%- endmacro %}

{% macro spark__joined_text(text, separator) -%}
    case when count({{ text }}) > 0 then array_join(array_sort(collect_list({{ text }})), '{{ separator }}') end
{%- endmacro %}


{#- Aggregate: the value at a place of a group's values, the largest first; null where there are fewer. -#}
{% macro nth_largest(value, place) -%}
    {{ adapter.dispatch('nth_largest')(value, place) }}
{%- endmacro %}

{% macro duckdb__nth_largest(value, place) -%}
    max({{ value }}, {{ place }})[{{ place }}]
{%- endmacro %}

{% macro spark__nth_largest(value, place) -%}
    get(sort_array(collect_list({{ value }}), false), {{ place - 1 }})
{%- endmacro %}


{#- Aggregate: the value in the row with the least of another value, nulls left out. Of several rows any. -#}
{% macro value_of_least(value, other) -%}
    {{ adapter.dispatch('value_of_least')(value, other) }}
{%- endmacro %}

{% macro duckdb__value_of_least(value, other) -%}
    arg_min({{ value }}, {{ other }})
{%- endmacro %}

{#- A row without the value is none that has the least. -#}
{% macro spark__value_of_least(value, other) -%}
    min_by({{ value }}, case when {{ value }} is not null then {{ other }} end)
{%- endmacro %}


{#- The instant some whole milliseconds after another. -#}
{% macro add_ms(instant, milliseconds) -%}
    {{ adapter.dispatch('add_ms')(instant, milliseconds) }}
{%- endmacro %}

{% macro duckdb__add_ms(instant, milliseconds) -%}
    {{ instant }} + to_milliseconds({{ milliseconds }})
{%- endmacro %}

{% macro spark__add_ms(instant, milliseconds) -%}
    cast(timestamp_micros({{ spark__epoch_us(instant) }} + ({{ milliseconds }}) * 1000) as timestamp_ntz)
{%- endmacro %}


{#- Whole microseconds since 1970. -#}
{% macro epoch_us(instant) -%}
    {{ adapter.dispatch('epoch_us')(instant) }}
{%- endmacro %}

{% macro duckdb__epoch_us(instant) -%}
    epoch_us({{ instant }})
{%- endmacro %}

{#- The session's zone is UTC. -#}
{% macro spark__epoch_us(instant) -%}
    unix_micros(cast({{ instant }} as timestamp_ltz))
{%- endmacro %}


{#- The day of the week, 1 (Monday) to 7. -#}
{% macro iso_weekday(day) -%}
    {{ adapter.dispatch('iso_weekday')(day) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(day) -%}
    isodow({{ day }})
{%- endmacro %}

{#- By the days since a Monday: Sail's `weekday` of a Sunday is -1. -#}
{% macro spark__iso_weekday(day) -%}
    cast(pmod(date_diff({{ day }}, date '1970-01-05'), 7) + 1 as integer)
{%- endmacro %}


{#- Whether a text has some words with no letter or digit next to them. -#}
{% macro has_whole_words(text, words) -%}
    {{ adapter.dispatch('has_whole_words')(text, words) }}
{%- endmacro %}

{% macro duckdb__has_whole_words(text, words) -%}
    regexp_matches(
        {{ text }}, '(^|[^\p{L}\p{N}])' || regexp_escape({{ words }}) || '($|[^\p{L}\p{N}])'
    )
{%- endmacro %}

{#- What a pattern would read otherwise has a backslash put before it, the backslash itself first. -#}
{% macro spark__has_whole_words(text, words) -%}
    {%- set escaped = namespace(sql=words) -%}
    {%- for sign in '\\.^$|?*+()[]{}' -%}
        {%- set escaped.sql = 'replace(' ~ escaped.sql ~ ", r'" ~ sign ~ "', r'\\" ~ sign ~ "')" -%}
    {%- endfor -%}
    ({{ text }} rlike r'(^|[^\p{L}\p{N}])' || {{ escaped.sql }} || r'($|[^\p{L}\p{N}])')
{%- endmacro %}


{#- A name as it stands, though the engine has another meaning for the word. -#}
{% macro quoted(name) -%}
    {{ adapter.dispatch('quoted')(name) }}
{%- endmacro %}

{% macro duckdb__quoted(name) -%}
    "{{ name }}"
{%- endmacro %}

{#- Between double quotes it would be a text. -#}
{% macro spark__quoted(name) -%}
    `{{ name }}`
{%- endmacro %}


{#- Several such names, with commas between them. -#}
{% macro quoted_all(names) -%}
    {%- for name in names -%}
        {{ quoted(name) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- A text of any characters as a literal. -#}
{% macro text_literal(text) -%}
    {{ adapter.dispatch('text_literal')(text) }}
{%- endmacro %}

{% macro duckdb__text_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{#- A backslash begins an escape. -#}
{% macro spark__text_literal(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}


{#- The name of a type that the landing contract, or what readers were promised, calls as DuckDB does. -#}
{% macro type_name(data_type) -%}
    {{ adapter.dispatch('type_name')(data_type) }}
{%- endmacro %}

{% macro duckdb__type_name(data_type) -%}
    {{ data_type }}
{%- endmacro %}

{% macro spark__type_name(data_type) -%}
    {{ {'varchar': 'string', 'hugeint': spark__wide_integer()}.get(data_type, data_type) }}
{%- endmacro %}


{#- Said after `with` of a select that has a CTE by macro stepped. -#}
{% macro recursive() -%}
    {{ adapter.dispatch('recursive')() }}
{%- endmacro %}

{% macro duckdb__recursive() -%}
    recursive
{%- endmacro %}

{% macro spark__recursive() -%}
{%- endmacro %}


{#- A CTE whose rows are made step by step: all rows of all steps.

    first   a select of the rows of step 0
    next   a select of the rows of a step from those of the step before it, which it calls <before>
    most   a query of how many steps there are after the first, where an engine has to know that before -#}
{% macro stepped(name, first, next, most) -%}
    {{ adapter.dispatch('stepped')(name, first, next, most) }}
{%- endmacro %}

{% macro duckdb__stepped(name, first, next, most) -%}
    {{ name }} as (
        {{ first }}
        union all
        {{ next | replace('<before>', name) }}
    )
{%- endmacro %}

{#- Spark's recursion has no window functions and no outer joins: each step is a turn. -#}
{% macro spark__stepped(name, first, next, most) -%}
    {%- set steps = (run_query(most).rows[0][0] or 0) | int if execute else 0 -%}
    {{ before_turns() }}
    {{ name }}_0 as (
        {{ first }}
    ),
    {{ after_turn(name ~ '_0') }}
    {%- for number in range(1, steps + 1) %}
    {{ name }}_{{ number }} as (
        {{ next | replace('<before>', name ~ '_' ~ (number - 1)) }}
    ),
    {{ after_turn(name ~ '_' ~ number) }}
    {%- endfor %}
    {{ name }} as (
        {%- for number in range(steps + 1) %}
        {{ 'union all ' if not loop.first }}select * from {{ name }}_{{ number }}
        {%- endfor %}
    )
{%- endmacro %}
