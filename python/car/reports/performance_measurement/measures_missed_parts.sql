-- one row per measure that was missed, part of it, status and commentary: in which segments, from what to what
with

grouped as (
    select
        section,
        process_position,
        measure_id,
        subject,
        status_name,
        target,
        minimum,
        commentary,
        bool_and(is_said_of_all) as is_said_of_all,
        string_agg(segment_name, ', ' order by segment_position) as segments,
        count(*) as figure_count,
        min(line_number) as first_line,
        min(value) as lowest_value,
        max(value) as highest_value,
        arg_min(figure, value) as lowest,
        arg_max(actual, value) as highest
    from measures_missed
    group by section, process_position, measure_id, subject, status_name, target, minimum, commentary
),

-- What the row above says already is not said again: the eye looks for what is new.
final as (
    select
        first_line,
        measure_id,
        subject,
        segments,
        target,
        minimum,
        status_name as status,
        case when lowest_value = highest_value then highest else lowest || ' to ' || highest end as actual,
        case
            when
                commentary != 'Commentary not supplied'
                and commentary = lag(commentary) over (partition by measure_id order by first_line)
                then case when is_said_of_all then 'As said of all.' else 'As above.' end
            when length(commentary) > 600 then left(commentary, 599) || '… (whole in section 5)'
            else commentary
        end as commentary
    from grouped
)

select
    measure_id,
    subject,
    segments,
    rtrim(target, ' %') || ' / ' || minimum as bounds,
    actual,
    status,
    commentary
from final
order by first_line
