-- Grain: one row per outage that touches the reported period.
with

outages as (

    select * from {{ ref('stg_service_outages') }}

),

placed as (

    -- One without a start was out when the period began, one without an end when it ended.
    select
        outages.*,
        coalesce(approved_by is not null, false) as is_approved,
        coalesce(started_at, {{ month_start() }}) as out_from,
        coalesce(ended_at, {{ period_end() }}) as out_to
    from outages

),

final as (

    select
        outage_id,
        component,
        csp_region,
        kind,
        is_approved,
        coalesce(kind = 'planned' and is_approved, false) as is_planned_downtime,
        started_at,
        ended_at,
        incident_id,
        greatest(out_from, {{ month_start() }}) as valid_from,
        least(out_to, {{ period_end() }}) as valid_to
    from placed
    where
        out_from < {{ period_end() }}
        -- One of no length touches the period that it lies in.
        and (out_to > {{ month_start() }} or (started_at = ended_at and ended_at = {{ month_start() }}))

)

select * from final
