-- Grain: one row per Device Type with a page, model and firmware version with flagged Devices, those with most.
with

products as (

    select *
    from products
    where ending_count > 0

),

placed as (

    select
        device_type,
        device_model,
        firmware_version,
        device_count,
        cpl_count,
        certificate_count,
        ending_count,
        row_number() over (
            partition by device_type
            order by
                ending_count desc,
                device_model,
                firmware_version
        ) as place,
        count(*) over (partition by device_type) as product_count
    from products

),

final as (

    select
        type_pages.key,
        placed.device_model,
        placed.firmware_version,
        placed.device_count,
        placed.cpl_count,
        placed.certificate_count,
        placed.ending_count,
        placed.product_count,
        placed.place
    from placed
    inner join type_pages
        on placed.device_type = type_pages.key
    where placed.place <= 5

)

select * from final
order by
    key,
    place
