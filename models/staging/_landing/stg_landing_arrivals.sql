-- Grain: one row per feed: what arrived for the reporting month, beside the month before.
with

files as (

    select * from {{ source('landing_index', 'files') }}

),

feeds as (

    {% for feed in landing_feed_names() -%}
    {{ 'union all ' if not loop.first }}
    select
        '{{ feed }}' as feed,
        cast({{ var('rows_month_before').get(feed, 'null') }} as bigint) as rows_month_before
    {% endfor %}

),

-- An as-of instant within the month ends what can have arrived.
arrivals as (

    select
        feed,
        least(date '{{ month_after() }}', cast({{ as_of() }} as date)) as day_after,
        max(landed_on) as newest_file_on,
        max(
            case
                when file_format = 'csv' then {{ var('late_after_days_lists') }}
                else {{ var('late_after_days_events') }}
            end
        ) as late_after_days,
        sum(record_count) filter (where {{ in_reporting_month('landed_on') }}) as rows_in_month
    from files
    where verdict = 'loaded' and landed_on < {{ as_of() }}
    group by feed

),

folders as (

    select
        feed,
        max(landed_on) as newest_folder_on
    from files
    group by feed

),

compared as (

    select
        feeds.feed,
        folders.newest_folder_on,
        arrivals.newest_file_on,
        case
            when arrivals.newest_file_on < arrivals.day_after
                then {{ days_between('arrivals.newest_file_on', 'arrivals.day_after') }} - 1
            when arrivals.newest_file_on is not null then 0
        end as days_without_file,
        arrivals.late_after_days,
        coalesce(arrivals.rows_in_month, 0) as rows_in_month,
        feeds.rows_month_before
    from feeds
    left join folders
        on feeds.feed = folders.feed
    left join arrivals
        on feeds.feed = arrivals.feed

),

final as (

    select
        feed,
        newest_folder_on,
        newest_file_on,
        cast(days_without_file as bigint) as days_without_file,
        cast(rows_in_month as bigint) as rows_in_month,
        rows_month_before,
        coalesce(days_without_file >= late_after_days, false) as is_late,
        coalesce(
            rows_month_before >= {{ var('volume_minimum_rows') }}
            and rows_in_month < rows_month_before * {{ var('volume_ratio_low') }},
            false
        ) as is_low,
        coalesce(
            rows_in_month >= {{ var('volume_minimum_rows') }}
            and rows_in_month > rows_month_before * {{ var('volume_ratio_high') }},
            false
        ) as is_high
    from compared

)

select * from final
