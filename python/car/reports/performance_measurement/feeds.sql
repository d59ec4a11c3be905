-- one row per feed: its files, its rows, and what was put in quarantine
with

feeds as (
    select
        feed.key as feed,
        feed.value as facts
    from release.run as run, json_each(run.content -> 'feeds') as feed
),

final as (
    select
        feed,
        cast((facts ->> 'files_loaded') as bigint) as files_loaded,
        cast((facts ->> 'files_rejected') as bigint) as files_rejected,
        cast((facts ->> 'rows_read') as bigint) as rows_read,
        cast((facts ->> 'rows_after_as_of') as bigint) as rows_after_as_of,
        cast((facts ->> 'rows_accepted') as bigint) as rows_accepted,
        cast((facts ->> 'rows_superseded') as bigint) as rows_superseded,
        cast((facts ->> 'rows_quarantined') as bigint) as rows_quarantined,
        coalesce(facts ->> 'newest_file_on', '–') as newest_file_on
    from feeds
)

select
    feed,
    files_loaded,
    files_rejected,
    rows_read,
    rows_accepted,
    rows_superseded,
    rows_after_as_of,
    rows_quarantined,
    newest_file_on
from final
order by feed
