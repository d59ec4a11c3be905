-- one row per segment with series of top-ups, under the process that they belong to
with

top_up_attempts as (
    from industry.top_up_attempts
),

final as (
    select
        'Prepayment' as key,
        segments.position as segment_position,
        segments.segment_name,
        case top_up_attempts.device_type
            when 'ALL' then 'All'
            when 'Withheld' then 'Withheld (sum)'
            else top_up_attempts.device_type
        end as device_type,
        top_up_attempts.series,
        top_up_attempts.first as first_tries,
        top_up_attempts.second as second_tries,
        top_up_attempts.later,
        top_up_attempts.failed,
        top_up_attempts.pending
    from top_up_attempts
    inner join segments on top_up_attempts.segment = segments.segment
    where top_up_attempts.state = 'Reported'
)

select
    key,
    segment_name,
    device_type,
    series,
    first_tries,
    second_tries,
    later,
    failed,
    pending
from final
order by segment_position, device_type != 'All', device_type
