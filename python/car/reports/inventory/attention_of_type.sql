-- Grain: one row per Device Type with a page, model and firmware version with what has ended, ends or is not read.
with

measured_types as (

    -- A role without the measure of reads is told of none, so all its meters would seem unread.
    select device_type
    from figures
    where
        measure = 'no_read_in_30_days'
        and of_count > 0

),

counted as (

    select
        products.device_type,
        products.device_model,
        products.firmware_version,
        products.device_count,
        products.cpl_count,
        products.certificate_count,
        case when measured_types.device_type is not null then products.unread_count end as unread_count,
        case
            when measured_types.device_type is not null then products.ending_or_unread_count
            else products.ending_count
        end as attention_count
    from products
    left join measured_types
        on products.device_type = measured_types.device_type

),

placed as (

    select
        *,
        row_number() over (
            partition by device_type
            order by
                attention_count desc,
                device_model asc,
                firmware_version asc
        ) as place,
        count(*) over (partition by device_type) as product_count
    from counted
    where attention_count > 0

),

final as (

    select
        type_pages.key,
        placed.device_model,
        placed.firmware_version,
        placed.device_count,
        placed.cpl_count,
        placed.certificate_count,
        placed.unread_count,
        placed.attention_count,
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
