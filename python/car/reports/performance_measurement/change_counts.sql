-- one row per file and kind of change against the version before: how many
with

final as (
    select
        file,
        change,
        count(*) as change_count
    from release.changes
    group by file, change
)

select
    file,
    change,
    change_count
from final
order by file, change
