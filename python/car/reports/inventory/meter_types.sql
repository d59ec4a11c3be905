-- Grain: one row per Device Type whose reads or payment modes are measured, and one for all of them.
with

final as (

    select
        case when device_type = 'All Devices' then 'All meters' else device_type end as device_type,
        unread_share,
        unread_industry,
        unread_is_below,
        unread_before,
        unread_withheld,
        prepayment_share,
        prepayment_industry,
        prepayment_is_below,
        prepayment_before,
        prepayment_withheld,
        device_count,
        ending_count
    from all_types
    where
        unread_share is not null
        or prepayment_share is not null

)

select * from final
order by
    device_type != 'All meters',
    ending_count desc,
    device_count desc,
    device_type asc
