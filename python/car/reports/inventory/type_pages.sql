-- Grain: one row per Device Type that has a page.
with

subjects as (

    select *
    from subjects
    where has_page

),

names as (

    select * from device_type_names

),

products as (

    select
        device_type,
        sum(ending_count) as ending_count
    from products
    group by device_type

),

final as (

    select
        subjects.device_type as key,
        coalesce(names.full_name, subjects.device_type) as name,
        subjects.volume as device_count,
        coalesce(products.ending_count, 0) as ending_count,
        share(coalesce(products.ending_count, 0), subjects.volume) as ending_share,
        coalesce(names.graph_type, 'Other') as graph_type,
        'type:' || subjects.device_type as page,
        subjects.position
    from subjects
    left join names
        on subjects.device_type = names.device_type
    left join products
        on subjects.device_type = products.device_type

)

select * from final
order by position
