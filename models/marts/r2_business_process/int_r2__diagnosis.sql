-- Grain: one row per party (in a role), business process, SRV or `ALL`, dimension and value of it: its requests beside
-- its other requests.
with

volumes as (

    select
        party_key,
        role,
        business_process,
        srv,
        dimension,
        value,
        request_count,
        request_count - success_count as failure_count
    from {{ ref('int_r2__dimension_volumes') }}
    where value is not null

),

months as (

    select
        party_key,
        business_process,
        srv,
        request_count,
        request_count - success_count as failure_count
    from {{ ref('int_r2__own_months') }}

),

final as (

    select
        volumes.party_key,
        volumes.role,
        volumes.business_process,
        volumes.srv,
        volumes.dimension,
        volumes.value,
        volumes.request_count as own_request_count,
        volumes.failure_count as own_failure_count,
        months.request_count - volumes.request_count as other_request_count,
        months.failure_count - volumes.failure_count as other_failure_count
    from volumes
    inner join months
        on
            volumes.party_key = months.party_key
            and volumes.business_process = months.business_process
            and volumes.srv = months.srv

)

select * from final
