-- Grain: one row per file of this report that changed since the version before.
with

recipient as (

    select * from release.recipient

),

changes as (

    select
        split_part(changes.file, '/', 3) as file_name,
        changes.key,
        changes.change
    from release.changes
    cross join recipient
    where starts_with(changes.file, 'network_operator/' || recipient.role || '/')

),

final as (

    select
        file_name as name,
        count(distinct key) as row_count,
        count(*) filter (where change = 'changed') as cell_count
    from changes
    group by file_name

)

select * from final
order by
    row_count desc,
    name asc
