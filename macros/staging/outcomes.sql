{#- What became of each record: the last CTEs of a `stg_<feed>__landed` model.

    Expects the CTE `judged` (typed columns, `reasons`, landed_file, landed_row) and ends in `final`, with an
    outcome per record:
      after_as_of   recorded at or after the as-of instant: used for nothing
      quarantined   with its reasons
      superseded    valid, but another valid record of the key is later (docs/landing.md, "Feeds")
      accepted      the rest: one record per key
    `first_outcomes` is what a record comes to by itself. The materialization landed_by_file stores that and
    ranks the keys that occur more than once in the table; the small lists, and unit tests, do it here. -#}
{% macro outcomes(feed) -%}
    {%- if execute -%}
    {%- set meta = landing_feed(feed).meta -%}
    {%- set columns = staging_columns(feed) -%}
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
            else 'accepted'
        end as outcome
    from judged
    {%- if meta.full_list %}
    cross join newest_list
    {%- endif %}

),

first_outcomes as {{ inlined() }} (

    select
        {{ columns | join(',\n        ') }},
        case when outcome = 'quarantined' then reasons end as reasons,
        outcome,
        landed_file,
        landed_row
    from marked

),

ranked as (

    select
        first_outcomes.*,
        {{ recency(feed) }} as recency
    from first_outcomes
    where outcome = 'accepted'

),

final as (

    select
        {{ columns | join(',\n        ') }},
        reasons,
        case when recency = 1 then 'accepted' else 'superseded' end as outcome,
        landed_file,
        landed_row
    from ranked

    union all

    select
        {{ columns | join(',\n        ') }},
        reasons,
        outcome,
        landed_file,
        landed_row
    from first_outcomes
    where outcome != 'accepted'

)
    {%- endif -%}
{%- endmacro %}


{#- The place of a valid record among those of its key: the last one wins, it is the first. Ties: the greater
    tuple of the contract's columns, nulls first. -#}
{% macro recency(feed) -%}
    {%- set key = key_columns(feed) -%}
        row_number() over (
            partition by {{ key | join(', ') }}
            order by
                {{ landing_feed(feed).meta.latest_by }} desc,
                {% for column in staging_columns(feed) if column not in key -%}
                {{ column }} desc nulls last,
                {% endfor -%}
                landed_file asc,
                landed_row asc
        )
{%- endmacro %}


{#- The staging names of a feed's key, in the contract's order. -#}
{% macro key_columns(feed) -%}
    {%- set contract = landing_feed(feed) -%}
    {%- set key = [] -%}
    {%- for column in contract.columns.values() if column.name in contract.meta.key -%}
        {%- do key.append(staging_name(column)) -%}
    {%- endfor -%}
    {%- do return(key) -%}
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

{#- With a list that is null the whole would be null. -#}
{% macro spark__merged_text_lists(list, conditions) -%}
    array_sort(array_distinct(array_compact(concat(coalesce({{ list }}, cast(array() as array<string>)), array(
        {%- for reason, condition in conditions.items() %}
                case when {{ condition }} then '{{ reason }}' end{{ ',' if not loop.last }}
        {%- endfor %}
            )))))
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
