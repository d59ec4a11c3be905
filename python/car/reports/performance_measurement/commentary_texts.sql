-- one row per text that was supplied for the month
with

commentary as (
    from industry.commentary
),

definitions as (
    select
        measure_id,
        name
    from industry.definitions
),

final as (
    select
        commentary.measure_id,
        coalesce(definitions.name, '') as measure_name,
        coalesce(segments.segment_name, commentary.segment) as segment_name,
        segments.position as segment_position,
        commentary.text
    from commentary
    left join definitions on definitions.measure_id = split_part(commentary.measure_id, '/', 1)
    left join segments on commentary.segment = segments.segment
)

select
    measure_id,
    measure_name,
    segment_name,
    text
from final
order by measure_id, segment_position, segment_name, text
