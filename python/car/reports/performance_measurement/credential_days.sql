-- one row per segment, SMETS2 or SMETS1, with a day of 6.23 that is told: its worst and its best day
with

days as (
    select
        segment,
        segment_position,
        split_value,
        value,
        actual
    from measure_rows
    where measure_id = 'CoS1.2' and split = 'day' and state = 'Reported' and segment in ('SMETS2', 'SMETS1')
),

final as (
    select
        segment,
        segment_position,
        cast(arg_min(split_value, (value, split_value)) as date) as lowest_day,
        arg_min(actual, (value, split_value)) as lowest,
        cast(arg_max(split_value, (value, split_value)) as date) as highest_day,
        arg_max(actual, (value, split_value)) as highest
    from days
    where split_value != 'Withheld'
    group by segment, segment_position
)

select
    'Change of Supplier (Gain)' as key,
    segment,
    lowest_day,
    lowest,
    highest_day,
    highest
from final
order by segment_position
