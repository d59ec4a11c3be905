-- One row per file of this report that changed since the version before.
with

lines as (
    select
        file,
        key,
        change
    from release.changes
    where starts_with(file, 'business_process/' || (select recipient.role from release.recipient) || '/')
)

select
    split_part(file, '/', 3)
    || case when split_part(file, '/', 4) != '' then '/' || split_part(file, '/', 4) else '' end
        as name,
    count(distinct key) as row_count,
    count(*) filter (where change = 'changed') as cell_count
from lines
group by file
order by row_count desc, file asc
