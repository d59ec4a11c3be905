-- Grain: one row per CSV of this report that differs from the version before.
with

changes as (

    select * from release.changes

),

files as (

    select * from release.files

),

final as (

    select
        changes.file,
        count(*) filter (where changes.change = 'changed') as changed_cells,
        count(distinct changes.key) filter (where changes.change = 'row added') as added_rows,
        count(*) filter (where changes.change = 'row removed') as removed_rows
    from changes
    inner join files
        on changes.file = files.path
    group by changes.file

)

select * from final
order by file
