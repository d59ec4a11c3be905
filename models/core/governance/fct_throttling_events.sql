-- Grain: one row per throttling event.
with

throttling_events as (

    select * from {{ ref('stg_throttling_events') }}

),

final as (

    select
        event_id,
        direction,
        started_at,
        ended_at,
        forwarded_count,
        dropped_count,
        exempted_count,
        incident_id
    from throttling_events

)

select * from final
