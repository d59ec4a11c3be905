{#- Words that differ between engines. A model never writes them itself. -#}

{#- Said of a CTE that two others read and that is too wide to be kept in memory: it is computed
    where it is read. (DuckDB keeps a CTE that is read twice unless told otherwise.) -#}
{% macro inlined() -%}
    {{ adapter.dispatch('inlined')() }}
{%- endmacro %}

{% macro duckdb__inlined() -%}
    not materialized
{%- endmacro %}


{#- Whether a text matches a pattern from its first character to its last. -#}
{% macro matches(text, pattern) -%}
    {{ adapter.dispatch('matches')(text, pattern) }}
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}


{#- A text that is one of a short list, as an engine keeps it best: where rows are grouped by it, a number costs less.

    values   list of the texts -#}
{% macro one_of(text, values) -%}
    {{ adapter.dispatch('one_of')(text, values) }}
{%- endmacro %}

{% macro duckdb__one_of(text, values) -%}
    cast({{ text }} as enum('{{ values | join("', '") }}'))
{%- endmacro %}


{#- A cast that gives null where the text is not of the type. -#}
{% macro cast_or_null(expression, data_type) -%}
    {{ adapter.dispatch('cast_or_null')(expression, data_type) }}
{%- endmacro %}

{% macro duckdb__cast_or_null(expression, data_type) -%}
    try_cast({{ expression }} as {{ data_type }})
{%- endmacro %}


{#- The list of those of several texts that are not null, each once, in order; null when there is none. -#}
{% macro text_list(expressions) -%}
    {{ adapter.dispatch('text_list')(expressions) }}
{%- endmacro %}

{% macro duckdb__text_list(expressions) -%}
    nullif(list_sort(list_distinct([{{ expressions | join(', ') }}])), [])
{%- endmacro %}


{#- The type of a sum of milliseconds: wider than any number of the longest times that a feed can name. -#}
{% macro wide_integer() -%}
    {{ adapter.dispatch('wide_integer')() }}
{%- endmacro %}

{% macro duckdb__wide_integer() -%}
    hugeint
{%- endmacro %}


{#- Whole milliseconds since 1970, the rest cut off. (`epoch_ms` of DuckDB rounds.) -#}
{% macro epoch_ms(instant) -%}
    {{ adapter.dispatch('epoch_ms')(instant) }}
{%- endmacro %}

{% macro duckdb__epoch_ms(instant) -%}
    epoch_us({{ instant }}) // 1000
{%- endmacro %}


{#- The calendar day some whole days after another. -#}
{% macro add_days(day, count) -%}
    {{ adapter.dispatch('add_days')(day, count) }}
{%- endmacro %}

{% macro duckdb__add_days(day, count) -%}
    ({{ day }} + cast({{ count }} as integer))
{%- endmacro %}


{#- The name of a calendar day's weekday, in English: Monday. -#}
{% macro weekday(day) -%}
    {{ adapter.dispatch('weekday')(day) }}
{%- endmacro %}

{% macro duckdb__weekday(day) -%}
    dayname({{ day }})
{%- endmacro %}


{#- The ISO week of a calendar day with the year that the week is of: 2026-W53. -#}
{% macro iso_week(day) -%}
    {{ adapter.dispatch('iso_week')(day) }}
{%- endmacro %}

{% macro duckdb__iso_week(day) -%}
    strftime({{ day }}, '%G-W%V')
{%- endmacro %}


{#- A number for each row, from 1, in no order: only ever used to tell rows of one query apart, for nothing that is
    kept or published. -#}
{% macro any_row_number() -%}
    {{ adapter.dispatch('any_row_number')() }}
{%- endmacro %}

{% macro duckdb__any_row_number() -%}
    row_number() over ()
{%- endmacro %}


{#- Whole-number division that drops the rest. -#}
{% macro whole_quotient(numerator, denominator) -%}
    {{ adapter.dispatch('whole_quotient')(numerator, denominator) }}
{%- endmacro %}

{% macro duckdb__whole_quotient(numerator, denominator) -%}
    ({{ numerator }}) // ({{ denominator }})
{%- endmacro %}


{#- Aggregate: the values of a group as a list, in no order. -#}
{% macro list_of(value) -%}
    {{ adapter.dispatch('list_of')(value) }}
{%- endmacro %}

{% macro duckdb__list_of(value) -%}
    list({{ value }})
{%- endmacro %}


{#- How many of a list's instants are not before another, all of them where that is null; 0 without a list. -#}
{% macro count_from(instants, begin) -%}
    {{ adapter.dispatch('count_from')(instants, begin) }}
{%- endmacro %}

{% macro duckdb__count_from(instants, begin) -%}
    coalesce(len(list_filter({{ instants }}, lambda instant: {{ begin }} is null or instant >= {{ begin }})), 0)
{%- endmacro %}


{#- One row per member of a list. -#}
{% macro each_of(list) -%}
    {{ adapter.dispatch('each_of')(list) }}
{%- endmacro %}

{% macro duckdb__each_of(list) -%}
    unnest({{ list }})
{%- endmacro %}


{#- The texts of a group as one, in order, with a separator between them; null when there is none. -#}
{% macro joined_text(text, separator) -%}
    {{ adapter.dispatch('joined_text')(text, separator) }}
{%- endmacro %}

{% macro duckdb__joined_text(text, separator) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ text }})
{%- endmacro %}


{#- Aggregate: the value at a place of a group's values, the largest first; null where there are fewer. -#}
{% macro nth_largest(value, place) -%}
    {{ adapter.dispatch('nth_largest')(value, place) }}
{%- endmacro %}

{% macro duckdb__nth_largest(value, place) -%}
    max({{ value }}, {{ place }})[{{ place }}]
{%- endmacro %}


{#- Aggregate: the value in the row with the least of another value, nulls left out. Of several rows any. -#}
{% macro value_of_least(value, other) -%}
    {{ adapter.dispatch('value_of_least')(value, other) }}
{%- endmacro %}

{% macro duckdb__value_of_least(value, other) -%}
    arg_min({{ value }}, {{ other }})
{%- endmacro %}


{#- The instant some whole milliseconds after another. -#}
{% macro add_ms(instant, milliseconds) -%}
    {{ adapter.dispatch('add_ms')(instant, milliseconds) }}
{%- endmacro %}

{% macro duckdb__add_ms(instant, milliseconds) -%}
    {{ instant }} + to_milliseconds({{ milliseconds }})
{%- endmacro %}


{#- Whole microseconds since 1970. -#}
{% macro epoch_us(instant) -%}
    {{ adapter.dispatch('epoch_us')(instant) }}
{%- endmacro %}

{% macro duckdb__epoch_us(instant) -%}
    epoch_us({{ instant }})
{%- endmacro %}


{#- The day of the week, 1 (Monday) to 7. -#}
{% macro iso_weekday(day) -%}
    {{ adapter.dispatch('iso_weekday')(day) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(day) -%}
    isodow({{ day }})
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
