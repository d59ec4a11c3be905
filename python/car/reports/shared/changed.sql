-- One row per file of this report that changed since the version before.
with

lines as (
    select
        substr(changes.file, length(recipient.folder) + 1) as name,
        changes.key,
        changes.change
    from release.changes as changes
    inner join release.recipient as recipient on starts_with(changes.file, recipient.folder)
)

select
    name,
    count(distinct key) as row_count,
    count(*) filter (where change = 'changed') as cell_count
from lines
group by name
order by row_count desc, name asc
