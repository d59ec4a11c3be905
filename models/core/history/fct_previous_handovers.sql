-- Grain: one row per network operator with an N16, as published for the month before the reporting month.
with

handovers as (

    select * from {{ ref('stg_previous_handovers') }}

),

final as (

    select
        party_id,
        role,
        cast(sum(met_count + failed_count) as bigint) as decided_count,
        cast(sum(failed_count) as bigint) as failed_count
    from handovers
    where reporting_month = '{{ month_before() }}'
    group by
        party_id,
        role

)

select * from final
