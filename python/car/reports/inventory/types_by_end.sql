-- Grain: one row per Device Type of the estate and one for all; the part says whether any has ended or ends soon.
with

whole_estate as (

    select coalesce(max(ending_count), 0) as ending_count
    from all_types
    where device_type = 'All Devices'

),

final as (

    select
        case when whole_estate.ending_count > 0 then 'some end' else 'none ends' end as part,
        all_types.name,
        all_types.device_type,
        all_types.device_count,
        all_types.ending_count,
        all_types.first_on,
        all_types.page
    from all_types
    cross join whole_estate

)

select * from final
order by
    device_type != 'All Devices',
    ending_count desc,
    device_count desc,
    device_type asc
