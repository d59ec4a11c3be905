-- one row per figure of a measure that missed its target or minimum, in the order of sections
with

figures as (
    select
        section,
        process_position,
        measure_id,
        measure_name,
        nullif(concat_ws(
            ', ',
            case when section = 3 then business_process end,
            case when not is_whole then srv_name end,
            split_name
        ), '') as part_name,
        srv_group,
        srv_position,
        srv,
        split,
        split_value,
        segment,
        segment_name,
        segment_position,
        target,
        minimum,
        value,
        figure,
        actual,
        status,
        status_name,
        direction,
        previous,
        commentary,
        is_said_of_all
    from measure_rows
    where is_missed
),

final as (
    select
        *,
        row_number() over (
            order by
                section asc, process_position asc, measure_id asc, srv_group asc, srv_position asc, srv asc,
                split != 'ALL' asc, split asc, split_value asc, segment_position asc
        ) as line_number
    from figures
)

select
    section,
    process_position,
    measure_id,
    measure_name,
    part_name,
    concat_ws(', ', measure_name, part_name) as subject,
    srv_group,
    srv_position,
    srv,
    split,
    split_value,
    segment_name,
    segment_position,
    target,
    coalesce(minimum, '–') as minimum,
    value,
    figure,
    actual,
    status,
    status_name,
    direction,
    previous,
    commentary,
    is_said_of_all,
    line_number
from final
order by line_number
