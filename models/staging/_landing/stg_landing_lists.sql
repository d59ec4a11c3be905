-- Grain: one row per full list that has valid rows: the list that holds, beside the list before it.
with

files as (

    select * from {{ ref('stg_landing_files') }}

),

{% for feed in landing_feed_names() if not execute or landing_feed(feed).meta.full_list -%}
{% set landed = ref('stg_' ~ feed ~ '__landed') -%}
{% if execute -%}
{% set list = [landing_feed(feed).meta.latest_by] + key_columns(feed) -%}
{{ feed }}_rows as (

    select
        records.{{ list | join(',\n        records.') }},
        max(case when {{ is_judged_by_the_gate('files.landed_on') }} then 1 else 0 end) as is_new
    from {{ landed }} as records
    inner join files
        on records.landed_file = files.landed_file
    where records.outcome in ('accepted', 'superseded')
    group by
        records.{{ list | join(',\n        records.') }}

),

{% endif -%}
{% endfor -%}
lists as (

    {% for feed in landing_feed_names() if execute and landing_feed(feed).meta.full_list -%}
    {{ 'union all ' if not loop.first }}
    select
        '{{ feed }}' as feed,
        {{ landing_feed(feed).meta.latest_by }} as published_on,
        count(*) as row_count,
        max(is_new) as is_new
    from {{ feed }}_rows
    group by {{ landing_feed(feed).meta.latest_by }}
    {% endfor %}

),

numbered as (

    select
        feed,
        published_on,
        row_count,
        is_new,
        lag(row_count) over (partition by feed order by published_on) as row_count_before,
        row_number() over (partition by feed order by published_on desc) as list_number
    from lists

),

final as (

    select
        feed,
        published_on,
        cast(row_count as bigint) as row_count,
        cast(row_count_before as bigint) as row_count_before,
        is_new = 1 as is_new
    from numbered
    where list_number = 1

)

select * from final
