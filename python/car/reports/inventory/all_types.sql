-- Grain: one row per Device Type of the estate, and one for all of them.
with

products as (

    select
        coalesce(device_type, 'ALL') as device_type,
        sum(ending_count) as ending_count
    from products
    group by grouping sets ((device_type), ())

),

types as (

    select
        device_type,
        max(device_count) filter (where measure = 'devices') as device_count,
        max(own_share) filter (where measure = 'commissioned') as commissioned_share,
        max(industry_share) filter (where measure = 'commissioned') as commissioned_industry,
        coalesce(bool_or(industry_suppressed) filter (where measure = 'commissioned'), false) as commissioned_withheld,
        max(own_share) filter (where measure = 'on_newest_firmware') as newest_share,
        max(industry_share) filter (where measure = 'on_newest_firmware') as newest_industry,
        coalesce(bool_or(industry_suppressed) filter (where measure = 'on_newest_firmware'), false) as newest_withheld,
        max(own_share) filter (where measure = 'no_read_in_30_days') as unread_share,
        max(industry_share) filter (where measure = 'no_read_in_30_days') as unread_industry,
        coalesce(bool_or(industry_suppressed) filter (where measure = 'no_read_in_30_days'), false) as unread_withheld,
        max(own_share) filter (where measure = 'prepayment') as prepayment_share,
        max(industry_share) filter (where measure = 'prepayment') as prepayment_industry,
        coalesce(bool_or(industry_suppressed) filter (where measure = 'prepayment'), false) as prepayment_withheld
    from figures
    group by device_type

),

final as (

    select
        case when types.device_type = 'ALL' then 'All Devices' else types.device_type end as device_type,
        types.device_count,
        coalesce(products.ending_count, 0) as ending_count,
        types.commissioned_share,
        types.commissioned_industry,
        types.commissioned_withheld,
        types.newest_share,
        types.newest_industry,
        types.newest_withheld,
        types.unread_share,
        types.unread_industry,
        types.unread_withheld,
        types.prepayment_share,
        types.prepayment_industry,
        types.prepayment_withheld,
        type_pages.page
    from types
    left join products
        on types.device_type = products.device_type
    left join type_pages
        on types.device_type = type_pages.key

)

select * from final
order by
    device_type != 'All Devices',
    ending_count desc,
    device_count desc,
    device_type
