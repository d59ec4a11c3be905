-- Grain: one row per finding, of the three with the most Devices.
with

type_counts as (

    select *
    from figures
    where measure = 'devices'

),

final as (

    select
        measures.measure_name as name,
        ends.device_type,
        ends.affected_count,
        type_counts.device_count as of_count,
        ends.first_on,
        type_pages.page,
        ends.position
    from ends
    inner join measures
        on ends.measure = measures.measure
    inner join type_counts
        on ends.device_type = type_counts.device_type
    left join type_pages
        on ends.device_type = type_pages.key
    order by
        ends.affected_count desc,
        ends.position asc
    limit 3

)

select * from final
order by
    affected_count desc,
    position asc
