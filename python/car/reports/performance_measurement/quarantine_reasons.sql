-- one row per feed and reason for which rows were put in quarantine
with

reasons as (
    select
        feed.key as feed,
        reason.key as reason,
        cast(reason.value as bigint) as row_count
    from
        release.run as run,
        json_each(run.content -> 'feeds') as feed,
        json_each(feed.value -> 'quarantined_by_reason') as reason
),

final as (
    select
        feed,
        replace(reason, '_', ' ') as reason,
        row_count
    from reasons
    where row_count > 0
)

select
    feed,
    reason,
    row_count
from final
order by feed asc, row_count desc, reason asc
