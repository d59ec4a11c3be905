-- Grain: one row per loaded file: what became of its records.
with

files as (

    select * from {{ source('landing_index', 'files') }}

),

records as (

    {% for feed in landing_feed_names() -%}
    {{ 'union all ' if not loop.first }}
    select
        landed_file,
        outcome,
        count(*) as row_count,
        max(cast({{ landing_feed(feed).meta.latest_by if execute }} as timestamp)) as newest_at
    from {{ ref('stg_' ~ feed ~ '__landed') }}
    group by landed_file, outcome
    {% endfor %}

),

counted as (

    select
        landed_file,
        sum(row_count) as rows_read,
        sum(row_count) filter (where outcome = 'after_as_of') as rows_after_as_of,
        sum(row_count) filter (where outcome = 'accepted') as rows_accepted,
        sum(row_count) filter (where outcome = 'superseded') as rows_superseded,
        sum(row_count) filter (where outcome = 'quarantined') as rows_quarantined,
        max(newest_at) filter (where outcome != 'quarantined') as newest_at
    from records
    group by landed_file

),

final as (

    select
        files.feed,
        files.landed_file,
        files.landed_on,
        files.record_count,
        cast(coalesce(counted.rows_read, 0) as bigint) as rows_read,
        cast(coalesce(counted.rows_after_as_of, 0) as bigint) as rows_after_as_of,
        cast(coalesce(counted.rows_accepted, 0) as bigint) as rows_accepted,
        cast(coalesce(counted.rows_superseded, 0) as bigint) as rows_superseded,
        cast(coalesce(counted.rows_quarantined, 0) as bigint) as rows_quarantined,
        counted.newest_at
    from files
    left join counted
        on files.landed_file = counted.landed_file
    where files.verdict = 'loaded'

)

select * from final
