-- Grain: one row per throttling event: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_throttling_events__landed') }}

),

final as (

    select
        recorded_at,
        event_id,
        direction,
        started_at,
        ended_at,
        forwarded_count,
        dropped_count,
        exempted_count,
        incident_id
    from outcomes
    where outcome = 'accepted'

)

select * from final
