-- one row per reported measure of a business process as a whole and segment; its name in its first row alone
with

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
        case when status != 'No target' then status_name else '' end as status,
        concat_ws(
            ' ',
            case when before_exceptions is not null then 'Before exceptions: ' || before_exceptions || '.' end,
            case
                when
                    commentary != 'Commentary not supplied'
                    and commentary
                    = lag(commentary) over (partition by business_process, measure_id order by segment_position)
                    then case when is_said_of_all then 'As said of all.' else 'As above.' end
                when length(commentary) > 300 then left(commentary, 299) || '… (whole in section 5)'
                else commentary
            end
        ) as commentary
    from measure_rows
    where section = 3 and kind = 'M' and split = 'ALL' and is_whole and state = 'Reported'
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
