-- one row per reported measure with a target, of a business process as a whole, and segment; its name in its first row
with

told as (
    from measure_rows
    where
        section = 3 and kind = 'M' and split = 'ALL' and is_whole and state = 'Reported'
        and target_value is not null
),

final as (
    select
        business_process as key,
        process_position,
        measure_id,
        segment_position,
        segment_name,
        case
            when row_number() over (
                partition by business_process, measure_id order by segment_position
            ) = 1 then measure_name else ''
        end as measure_name,
        coalesce(target, '–') as target,
        coalesce(minimum, '–') as minimum,
        actual,
        status,
        concat_ws(
            '; ',
            case
                when
                    not is_own_commentary
                    and row_number() over (
                        partition by business_process, measure_id, commentary order by segment_position
                    ) > 1
                    then 'None of its own.'
                else short_commentary(is_own_commentary, commentary, 300)
            end,
            case when before_exceptions is not null then 'before exceptions: ' || before_exceptions || '.' end
        ) as commentary
    from told
)

select
    key,
    measure_id,
    segment_name,
    measure_name,
    target,
    minimum,
    actual,
    coalesce(status, '') as status,
    commentary
from final
order by process_position, measure_id, segment_position
