-- one row per reported figure of a Code Performance Measure or a limit on Incidents
with

told as (
    from measure_rows
    where section = 7 and kind = 'M' and state = 'Reported' and not starts_with(measure_id, 'PM')
),

final as (
    select
        measure_id,
        segment_position,
        segment_name,
        split,
        split_value,
        split_name,
        case
            when row_number() over (
                partition by measure_id order by split != 'ALL', split_value, segment_position
            ) = 1 then measure_name else ''
        end as measure_name,
        concat_ws(', ', segment_name, split_name) as part_name,
        rtrim(target, ' %') as target,
        rtrim(minimum, ' %') as minimum,
        figure,
        case when denominator < 100 then parts end as few,
        rtrim(previous, ' %') as previous,
        case when status != 'No target' then status else '' end as status,
        concat_ws(
            '; ',
            case
                when
                    not is_own_commentary
                    and row_number() over (
                        partition by measure_id, commentary order by split != 'ALL', split_value, segment_position
                    ) > 1
                    then 'None of its own.'
                else short_commentary(is_own_commentary, commentary, 300)
            end,
            case when before_exceptions is not null then 'before exceptions: ' || before_exceptions || '.' end
        ) as commentary
    from told
)

select
    measure_id,
    part_name,
    measure_name,
    coalesce(target, '–') as target,
    coalesce(minimum, '–') as minimum,
    figure,
    coalesce(few, '') as few,
    coalesce(previous, '–') as previous,
    coalesce(status, '') as status,
    commentary
from final
order by measure_id, split != 'ALL', split_value, segment_position
