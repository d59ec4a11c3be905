-- one row per measure that was missed, part of it, status and commentary: in which segments, from what to what
with

grouped as (
    select
        section,
        process_position,
        measure_id,
        subject,
        status,
        target,
        minimum,
        commentary,
        is_own_commentary,
        string_agg(segment_name, ', ' order by segment_position) as segments,
        count(*) as figure_count,
        min(line_number) as first_line,
        min(value) as lowest_value,
        max(value) as highest_value,
        arg_min(figure, value) as lowest,
        arg_max(actual, value) as highest
    from measures_missed
    group by section, process_position, measure_id, subject, status, target, minimum, commentary, is_own_commentary
),

said as (
    select
        *,
        count(*) over (
            partition by measure_id, commentary order by first_line rows between unbounded preceding and 1 preceding
        ) as said_before
    from grouped
),

-- A text that was given for the whole measure is told once: to repeat it would say that it was given for the segment.
final as (
    select
        first_line,
        measure_id,
        case
            when coalesce(subject = lag(subject) over (partition by measure_id order by first_line), false) then ''
            else subject
        end as subject,
        segments,
        target,
        minimum,
        status,
        case when lowest_value = highest_value then highest else lowest || ' to ' || highest end as actual,
        case
            when not is_own_commentary and said_before > 0 then 'None of its own.'
            else short_commentary(is_own_commentary, commentary, 600)
        end as commentary
    from said
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
