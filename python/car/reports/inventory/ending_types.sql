-- Grain: one row per Device Type of the estate and one for all of them, where some have ended or end within 30 days.
with

whole_estate as (

    select coalesce(max(ending_count), 0) as ending_count
    from all_types
    where device_type = 'All Devices'

),

final as (

    select
        all_types.name,
        all_types.device_type,
        all_types.device_count,
        all_types.ending_count,
        all_types.first_on,
        all_types.page
    from all_types
    cross join whole_estate
    where whole_estate.ending_count > 0

)

select * from final
order by
    device_type != 'All Devices',
    ending_count desc,
    device_count desc,
    device_type asc
