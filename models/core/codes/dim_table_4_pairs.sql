-- Grain: one row per business process and SRV of Table 4, as the codes by which a request has them.
with

pairs as (

    select * from {{ ref('pmr_processes') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

credentials as (

    select distinct credential_type
    from {{ ref('business_process_srvs') }}

    union

    -- One that is left over; Table 1 of MP176 has no row for it.
    select 'Unpaired' as credential_type

),

final as (

    select
        pairs.business_process,
        pairs.srv,
        pairs.smets1_applies,
        processes.business_process_number,
        processes.applies_on,
        srvs.srv_key,
        credentials.credential_type
    from pairs
    inner join processes
        on pairs.business_process = processes.business_process
    cross join credentials
    inner join srvs
        on
            pairs.srv = {{ process_srv('srvs.srv', 'credentials.credential_type') }}

)

select * from final
