-- Grain: one row per Device Type with a page whose reads are measured and model with unread meters, those with most.
with

products as (

    select
        device_type,
        device_model,
        sum(device_count) as device_count,
        sum(unread_count) as unread_count,
        sum(never_read_count) as never_read_count
    from products
    where unread_count > 0
    group by
        device_type,
        device_model

),

figures as (

    select *
    from figures
    where
        measure = 'no_read_in_30_days'
        and of_count > 0

),

placed as (

    select
        products.device_type,
        products.device_model,
        products.device_count,
        products.unread_count,
        products.never_read_count,
        row_number() over (
            partition by products.device_type
            order by
                products.unread_count desc,
                products.device_model
        ) as place,
        count(*) over (partition by products.device_type) as model_count
    from products
    -- A role without the measure is told of no read, so all its meters would seem unread.
    inner join figures
        on products.device_type = figures.device_type

),

final as (

    select
        type_pages.key,
        placed.device_model,
        placed.device_count,
        placed.unread_count,
        placed.never_read_count,
        share(placed.unread_count, placed.device_count) as unread_share,
        placed.model_count,
        placed.place
    from placed
    inner join type_pages
        on placed.device_type = type_pages.key
    where placed.place <= 4

)

select * from final
order by
    key,
    place
