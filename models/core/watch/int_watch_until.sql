-- Grain: one row: the instant up to which is looked.
with

requests as (

    select max(recorded_at) as recorded_at
    from {{ ref('stg_service_requests__landed') }}
    where outcome in ('accepted', 'superseded')

),

alerts as (

    select max(recorded_at) as recorded_at
    from {{ ref('stg_alerts__landed') }}
    where outcome in ('accepted', 'superseded')

),

newest as (

    select recorded_at from requests

    union all

    select recorded_at from alerts

),

final as (

    select
        coalesce(
            {{ "timestamp '" ~ var('watch_until') ~ "'" if var('watch_until') else 'max(recorded_at)' }},
            max(recorded_at),
            {{ as_of() }}
        ) as looked_until
    from newest

)

select * from final
