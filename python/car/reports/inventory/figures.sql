-- Grain: one row per Device Type, or ALL, and measure (the number of Devices among them).
with

estate_before as (

    select * from before.estate

),

first_days as (

    select
        device_type,
        measure,
        first_on
    from ends
    union all
    select
        'ALL' as device_type,
        measure,
        min(first_on) as first_on
    from ends
    group by measure

),

final as (

    select
        estate.device_type,
        estate.measure,
        measures.place,
        measures.measure_name,
        measures.short_name,
        measures.better_when,
        estate.device_count,
        estate.of_count,
        case when estate.measure != 'devices' then estate.own_share end as own_rate,
        estate.industry_share as industry_rate,
        estate.industry_suppressed,
        estate_before.device_count as before_count,
        estate_before.of_count as before_of_count,
        case when estate.measure != 'devices' then estate_before.own_share end as before_rate,
        first_days.first_on,
        coalesce(estate.measure != 'devices' and estate.own_share < estate.industry_share, false) as is_below
    from estate
    left join estate_before
        on
            estate.device_type = estate_before.device_type
            and estate.measure = estate_before.measure
    left join measures
        on estate.measure = measures.measure
    left join first_days
        on
            estate.device_type = first_days.device_type
            and estate.measure = first_days.measure

)

select * from final
order by
    device_type,
    place nulls first
