-- one row per measure that missed its target or minimum: its widest figure, and how many figures missed
with

placed as (
    select
        *,
        row_number() over (
            partition by measure_id
            order by srv_group, srv_position, srv, split != 'ALL', segment_position, split_value
        ) as place,
        count(*) over (partition by measure_id) as figure_count,
        count(*) filter (status = 'Below minimum') over (partition by measure_id) as below_minimum_count,
        concat_ws(', ', subject, case when segment_name != 'All' then segment_name end) as whole_subject
    from measures_missed
),

final as (
    from placed
    where place = 1
)

select
    measure_id,
    measure_name,
    case
        when length(whole_subject) > 70 then left(whole_subject, 69) || '…' else whole_subject
    end as subject,
    target,
    minimum,
    actual,
    status,
    figure_count,
    below_minimum_count,
    case when length(commentary) > 85 then left(commentary, 84) || '…' else commentary end as commentary_short
from final
order by below_minimum_count = 0, section, process_position, measure_id
