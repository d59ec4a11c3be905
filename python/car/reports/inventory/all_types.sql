-- Grain: one row per Device Type of the estate, and one for all of them.
with

ending as (

    select
        device_type,
        sum(ending_count) as ending_count
    from products
    group by device_type
    union all
    select
        'ALL' as device_type,
        sum(ending_count) as ending_count
    from products

),

first_days as (

    -- Of what is still to end.
    select
        device_type,
        min(first_on) as first_on
    from figures
    where measure in ('cpl_ends_within_30_days', 'certificate_ends_within_30_days')
    group by device_type

),

types as (

    select
        device_type,
        max(device_count) filter (where measure = 'devices') as device_count,
        max(own_rate) filter (where measure = 'commissioned') as commissioned_share,
        max(industry_rate) filter (where measure = 'commissioned') as commissioned_industry,
        coalesce(bool_or(is_below) filter (where measure = 'commissioned'), false) as commissioned_is_below,
        max(before_rate) filter (where measure = 'commissioned') as commissioned_before,
        coalesce(bool_or(industry_suppressed) filter (where measure = 'commissioned'), false)
            as commissioned_withheld,
        max(own_rate) filter (where measure = 'on_newest_firmware') as newest_share,
        max(industry_rate) filter (where measure = 'on_newest_firmware') as newest_industry,
        coalesce(bool_or(is_below) filter (where measure = 'on_newest_firmware'), false) as newest_is_below,
        max(before_rate) filter (where measure = 'on_newest_firmware') as newest_before,
        coalesce(bool_or(industry_suppressed) filter (where measure = 'on_newest_firmware'), false)
            as newest_withheld,
        max(own_rate) filter (where measure = 'no_read_in_30_days') as unread_share,
        max(industry_rate) filter (where measure = 'no_read_in_30_days') as unread_industry,
        coalesce(bool_or(is_below) filter (where measure = 'no_read_in_30_days'), false) as unread_is_below,
        max(before_rate) filter (where measure = 'no_read_in_30_days') as unread_before,
        coalesce(bool_or(industry_suppressed) filter (where measure = 'no_read_in_30_days'), false)
            as unread_withheld,
        max(own_rate) filter (where measure = 'prepayment') as prepayment_share,
        max(industry_rate) filter (where measure = 'prepayment') as prepayment_industry,
        coalesce(bool_or(is_below) filter (where measure = 'prepayment'), false) as prepayment_is_below,
        max(before_rate) filter (where measure = 'prepayment') as prepayment_before,
        coalesce(bool_or(industry_suppressed) filter (where measure = 'prepayment'), false)
            as prepayment_withheld
    from figures
    group by device_type

),

final as (

    select
        case when types.device_type = 'ALL' then 'All Devices' else types.device_type end as device_type,
        case
            when types.device_type = 'ALL' then 'All Devices'
            else coalesce(type_names.full_name, types.device_type)
        end as name,
        types.device_count,
        coalesce(ending.ending_count, 0) as ending_count,
        types.commissioned_share,
        types.commissioned_industry,
        types.commissioned_is_below,
        types.commissioned_before,
        types.commissioned_withheld,
        types.newest_share,
        types.newest_industry,
        types.newest_is_below,
        types.newest_before,
        types.newest_withheld,
        types.unread_share,
        types.unread_industry,
        types.unread_is_below,
        types.unread_before,
        types.unread_withheld,
        types.prepayment_share,
        types.prepayment_industry,
        types.prepayment_is_below,
        types.prepayment_before,
        types.prepayment_withheld,
        first_days.first_on,
        type_pages.page
    from types
    left join ending
        on types.device_type = ending.device_type
    left join device_type_names as type_names
        on types.device_type = type_names.device_type
    left join first_days
        on types.device_type = first_days.device_type
    left join type_pages
        on types.device_type = type_pages.key
    where types.device_count > 0

)

select * from final
order by
    device_type != 'All Devices',
    ending_count desc,
    device_count desc,
    device_type asc
