-- Grain: one row per feed: what became of its records.
with

outcomes as (

    {% for feed in landing_feed_names() -%}
    {{ 'union all ' if not loop.first }}
    select
        '{{ feed }}' as feed,
        outcome,
        count(*) as row_count
    from {{ ref('stg_' ~ feed ~ '__landed') }}
    group by outcome
    {% endfor %}

),

feeds as (

    {% for feed in landing_feed_names() -%}
    {{ 'union all ' if not loop.first }}select '{{ feed }}' as feed
    {% endfor %}

),

counted as (

    select
        feeds.feed,
        coalesce(sum(outcomes.row_count), 0) as rows_read,
        coalesce(sum(outcomes.row_count) filter (where outcomes.outcome = 'after_as_of'), 0) as rows_after_as_of,
        coalesce(sum(outcomes.row_count) filter (where outcomes.outcome = 'accepted'), 0) as rows_accepted,
        coalesce(sum(outcomes.row_count) filter (where outcomes.outcome = 'superseded'), 0) as rows_superseded,
        coalesce(sum(outcomes.row_count) filter (where outcomes.outcome = 'quarantined'), 0) as rows_quarantined
    from feeds
    left join outcomes
        on feeds.feed = outcomes.feed
    group by feeds.feed

),

final as (

    select
        feed,
        cast(rows_read as bigint) as rows_read,
        cast(rows_after_as_of as bigint) as rows_after_as_of,
        cast(rows_accepted as bigint) as rows_accepted,
        cast(rows_superseded as bigint) as rows_superseded,
        cast(rows_quarantined as bigint) as rows_quarantined
    from counted

)

select * from final
