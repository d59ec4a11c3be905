-- Grain: one row per Device Type that has a page.
with

with_page as (

    select *
    from subjects
    where has_page

),

names as (

    select * from device_type_names

),

ending as (

    select
        device_type,
        sum(ending_count) as ending_count
    from products
    group by device_type

),

final as (

    select
        with_page.device_type as key,
        coalesce(names.full_name, with_page.device_type) as name,
        with_page.volume as device_count,
        coalesce(ending.ending_count, 0) as ending_count,
        share(coalesce(ending.ending_count, 0), with_page.volume) as ending_share,
        coalesce(names.graph_type, 'Other') as graph_type,
        'type:' || with_page.device_type as page,
        with_page.position
    from with_page
    left join names
        on with_page.device_type = names.device_type
    left join ending
        on with_page.device_type = ending.device_type

)

select * from final
order by position
