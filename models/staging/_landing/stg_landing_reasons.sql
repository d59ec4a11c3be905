-- Grain: one row per feed and reason: how many of its records were refused for it.
with

refused as (

    {% for feed in landing_feed_names() -%}
    {{ 'union all ' if not loop.first }}
    select
        '{{ feed }}' as feed,
        {{ each_of('reasons') }} as reason
    from {{ ref('stg_' ~ feed ~ '__landed') }}
    where reasons is not null
    {% endfor %}

),

final as (

    select
        feed,
        reason,
        count(*) as row_count
    from refused
    group by feed, reason

)

select * from final
