-- Grain: one row per highlighted incident of the period for which the DCC is responsible, and outage that was not
-- planned downtime and overlaps its own.
with

incidents as (

    select *
    from {{ ref('fct_incidents') }}
    where
        is_major
        and is_in_month
        and is_dcc_responsible
        and outage_started_at is not null

),

outages as (

    select * from {{ ref('stg_service_outages') }}

),

outs as (

    select
        incident_id,
        outage_started_at as valid_from,
        coalesce(outage_ended_at, {{ open_end() }}) as valid_to
    from incidents

),

downs as (

    select
        outage_id,
        coalesce(started_at, {{ month_start() }}) as valid_from,
        coalesce(ended_at, {{ open_end() }}) as valid_to
    from outages
    where not coalesce(kind = 'planned' and approved_by is not null, false)

),

final as (

    -- One of no length overlaps what it touches.
    select
        outs.incident_id,
        downs.outage_id
    from outs
    inner join downs
        on
            outs.valid_from <= downs.valid_to
            and outs.valid_to >= downs.valid_from
    where
        {{ overlaps('outs', 'downs.valid_from', 'downs.valid_to') }}
        or outs.valid_from = outs.valid_to
        or downs.valid_from = downs.valid_to

)

select * from final
