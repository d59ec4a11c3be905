-- one row per reported figure of a Code Performance Measure or a limit on Incidents
with

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
        target,
        minimum,
        actual,
        previous,
        case when status != 'No target' then status_name else '' end as status,
        concat_ws(
            ' ',
            case when before_exceptions is not null then 'Before exceptions: ' || before_exceptions || '.' end,
            case
                when
                    commentary != 'Commentary not supplied'
                    and commentary
                    = lag(commentary)
                        over (partition by measure_id order by split != 'ALL', split_value, segment_position)
                    then case when is_said_of_all then 'As said of all.' else 'As above.' end
                when length(commentary) > 300 then left(commentary, 299) || '… (whole in section 5)'
                else commentary
            end
        ) as commentary
    from measure_rows
    where section = 7 and kind = 'M' and state = 'Reported' and not starts_with(measure_id, 'PM')
)

select
    measure_id,
    part_name,
    measure_name,
    coalesce(rtrim(target, ' %'), '–') || ' / ' || coalesce(minimum, '–') as bounds,
    actual,
    coalesce(previous, '–') as previous,
    coalesce(status, '') as status,
    commentary
from final
order by measure_id, split != 'ALL', split_value, segment_position
