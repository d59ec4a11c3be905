-- one row per measure that missed its target or minimum: its widest and its worst figure, and how many missed
with

places as (
    select
        *,
        concat_ws(', ', part_name, case when segment_name != 'All' then segment_name end) as of_what,
        row_number() over (
            partition by measure_id
            order by srv_group, srv_position, srv, split != 'ALL', segment_position, split_value
        ) as place,
        row_number() over (
            partition by measure_id
            order by case when direction = 'lower' then -value else value end, line_number
        ) as worst_place
    from measures_missed
),

measures as (
    select
        measure_id,
        max(section) as section,
        max(process_position) as process_position,
        max(concat_ws(', ', measure_name, nullif(of_what, ''))) filter (place = 1) as subject,
        max(target) filter (place = 1) as target,
        max(actual) filter (place = 1) as actual,
        max(previous) filter (place = 1) as previous,
        max(actual) filter (worst_place = 1) as worst,
        max(of_what) filter (worst_place = 1) as worst_of,
        max(commentary) filter (place = 1) as commentary,
        count(*) as figure_count,
        count(*) filter (status = 'Below minimum') as below_minimum_count
    from places
    group by measure_id
),

-- Where all that was said fits on the page, it is said whole.
final as (
    select
        *,
        sum(length(commentary)) over () <= 600 as is_short
    from measures
)

select
    measure_id,
    case when length(subject) > 55 then left(subject, 54) || '…' else subject end
    || case when figure_count > 1 then '. Worst: ' || concat_ws(' ', worst, left(worst_of, 40)) else '' end as subject,
    target,
    actual,
    coalesce(previous, '–') as previous,
    figure_count,
    below_minimum_count,
    case when is_short or length(commentary) <= 70 then commentary else left(commentary, 69) || '…' end
        as commentary_short
from final
order by below_minimum_count = 0, section, process_position, measure_id
