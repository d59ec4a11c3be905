{#- What became of each record: the last CTEs of a `stg_<feed>__landed` model.

    Expects the CTEs `typed` and `judged` (typed columns, `reasons`, landed_file, landed_row) and ends in
    `final`, with an outcome per record:
      after_as_of   recorded at or after the as-of instant: used for nothing
      quarantined   with its reasons
      superseded    valid, but another valid record of the key is later (landing.md, Feeds)
      accepted      the rest: one record per key
    Only keys that occur more than once are sorted, found by a hash of the key: most occur once, and a
    month has 10^9. Ties: the greater tuple of the contract's columns, nulls first. -#}
{% macro outcomes(feed) -%}
    {%- if execute -%}
    {%- set meta = landing_feed(feed).meta -%}
    {%- set columns = staging_columns(feed) -%}
    {%- set key = [] -%}
    {%- for column in landing_columns(feed) if column.name in meta.key -%}
        {%- do key.append(staging_name(column)) -%}
    {%- endfor -%}
repeated_keys as (

    select {{ key_hash(key) }} as key_hash
    from typed
    group by 1
    having count(*) > 1

),

{% if meta.full_list -%}
newest_list as (

    select max({{ meta.latest_by }}) as {{ meta.latest_by }}
    from judged
    where {{ meta.latest_by }} < {{ as_of() }} and reasons is null

),

{% endif -%}
marked as {{ inlined() }} (

    select
        judged.*,
        case
            when judged.{{ meta.latest_by }} >= {{ as_of() }} then 'after_as_of'
            when judged.reasons is not null then 'quarantined'
            {%- if meta.full_list %}
            when judged.{{ meta.latest_by }} < newest_list.{{ meta.latest_by }} then 'superseded'
            {%- endif %}
            when repeated_keys.key_hash is null then 'accepted'
            else 'repeated'
        end as first_outcome
    from judged
    left join repeated_keys
        on repeated_keys.key_hash = {{ key_hash(prefixed('judged', key)) }}
    {%- if meta.full_list %}
    cross join newest_list
    {%- endif %}

),

ranked as (

    select
        marked.*,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by
                {{ meta.latest_by }} desc,
                {% for column in columns if column not in key -%}
                {{ column }} desc nulls last,
                {% endfor -%}
                landed_file asc,
                landed_row asc
        ) as recency
    from marked
    where first_outcome = 'repeated'

),

final as (

    select
        {{ columns | join(',\n        ') }},
        {{ null_list() }} as reasons,
        case when recency = 1 then 'accepted' else 'superseded' end as outcome,
        landed_file,
        landed_row
    from ranked

    union all

    select
        {{ columns | join(',\n        ') }},
        case when first_outcome = 'quarantined' then reasons end as reasons,
        first_outcome as outcome,
        landed_file,
        landed_row
    from marked
    where first_outcome != 'repeated'

)
    {%- endif -%}
{%- endmacro %}


{% macro prefixed(relation, columns) -%}
    {%- set names = [] -%}
    {%- for column in columns -%}
        {%- do names.append(relation ~ '.' ~ column) -%}
    {%- endfor -%}
    {%- do return(names) -%}
{%- endmacro %}


{#- All reasons of a row: those of its columns and those over several columns, {reason: condition}. -#}
{% macro reasons(conditions={}) -%}
    {%- if conditions -%}
    case
        when
            column_reasons is not null
            {%- for reason, condition in conditions.items() %}
            or ({{ condition }})
            {%- endfor %}
            then {{ merged_text_lists('column_reasons', conditions) }}
    end
    {%- else -%}
    column_reasons
    {%- endif -%}
{%- endmacro %}


{#- A text list and the names of the conditions that hold, as one list without repeats, in order. -#}
{% macro merged_text_lists(list, conditions) -%}
    {{ adapter.dispatch('merged_text_lists')(list, conditions) }}
{%- endmacro %}

{% macro duckdb__merged_text_lists(list, conditions) -%}
    list_sort(list_distinct(list_concat({{ list }}, [
        {%- for reason, condition in conditions.items() %}
                case when {{ condition }} then '{{ reason }}' end{{ ',' if not loop.last }}
        {%- endfor %}
            ])))
{%- endmacro %}


{#- A text list that is null. -#}
{% macro null_list() -%}
    {{ adapter.dispatch('null_list')() }}
{%- endmacro %}

{% macro duckdb__null_list() -%}
    cast(null as varchar[])
{%- endmacro %}


{#- What a quarantine holds: the records as they came, with reasons, file and position. -#}
{% macro quarantine(feed, landed, outcomes) -%}
    {%- if execute -%}
    select
        {{ outcomes }}.reasons,
        {{ landed }}.landed_file,
        {{ landed }}.landed_row,
        {%- for column in landing_columns(feed) %}
        {{ landed }}.{{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ landed }}
    inner join {{ outcomes }}
        on
            {{ landed }}.landed_file = {{ outcomes }}.landed_file
            and {{ landed }}.landed_row = {{ outcomes }}.landed_row
    where {{ outcomes }}.outcome = 'quarantined'
    {%- endif -%}
{%- endmacro %}
