-- one row per figure of a measure that missed its target or minimum, in the order of sections
with

figures as (
    select
        section,
        process_position,
        measure_id,
        measure_name,
        business_process,
        nullif(concat_ws(
            ', ',
            case when section = 3 then business_process end,
            case when not is_whole then srv_name end,
            split_name
        ), '') as part_name,
        nullif(concat_ws(', ', case when not is_whole then srv_name end, split_name), '') as own_part,
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
        previous,
        parts,
        denominator,
        case direction when 'lower' then value - target_value else target_value - value end as shortfall,
        status,
        commentary,
        is_own_commentary
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
    business_process,
    part_name,
    own_part,
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
    previous,
    parts,
    denominator,
    shortfall,
    status,
    commentary,
    is_own_commentary,
    line_number
from final
order by line_number
