-- one row per measure that was missed in SMETS2, and process, with several Device Types told: the ends of them
with

types as (
    select
        business_process,
        process_position,
        measure_id,
        split_value,
        value,
        actual
    from measure_rows
    where
        section = 3
        and kind = 'M'
        and split = 'device_type'
        and segment = 'SMETS2'
        and state = 'Reported'
        and split_value != 'Withheld'
),

missed as (
    select distinct
        business_process,
        measure_id
    from measure_rows
    where is_missed and section = 3
),

final as (
    select
        types.business_process as key,
        types.process_position,
        types.measure_id,
        count(*) as type_count,
        arg_min(types.split_value, types.value) as lowest_type,
        arg_min(types.actual, types.value) as lowest,
        arg_max(types.split_value, types.value) as highest_type,
        arg_max(types.actual, types.value) as highest
    from types
    inner join missed
        on
            types.business_process = missed.business_process
            and types.measure_id = missed.measure_id
    group by types.business_process, types.process_position, types.measure_id
)

select
    key,
    measure_id,
    lowest_type,
    lowest,
    highest_type,
    highest
from final
where type_count > 1
order by process_position, measure_id
