-- Grain: one row per finding, of the three with the most Devices.
with

figures as (

    select *
    from figures
    where measure = 'devices'

),

final as (

    select
        measures.measure_name || ': ' || ends.device_type as finding,
        ends.affected_count,
        figures.device_count as of_count,
        ends.first_on,
        type_pages.page
    from ends
    inner join measures
        on ends.measure = measures.measure
    inner join figures
        on ends.device_type = figures.device_type
    left join type_pages
        on ends.device_type = type_pages.key
    order by
        ends.affected_count desc,
        ends.position
    limit 3

)

select * from final
order by
    affected_count desc,
    finding
