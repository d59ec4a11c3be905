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
        actual,
        status,
        commentary
    from measure_rows
    where is_missed
),

-- What the row above says already is not said again: the eye looks for what is new.
ordered as (
    select
        *,
        row_number() over (
            order by
                section, process_position, measure_id, srv_group, srv_position, srv, split != 'ALL', split, split_value,
                segment_position
        ) as line
    from figures
),

final as (
    select
        *,
        case
            when
                commentary != 'Commentary not supplied'
                and commentary = lag(commentary) over (partition by measure_id order by line)
                then 'As above.'
            else commentary
        end as commentary_told
    from ordered
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
    actual,
    status,
    commentary,
    commentary_told
from final
order by line
