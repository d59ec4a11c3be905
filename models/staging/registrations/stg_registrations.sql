-- Grain: one row per meter point, role and first day of a period: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_registrations__landed') }}

),

final as (

    select
        extract_at,
        mpxn_key,
        role,
        supplier_party_id,
        effective_from,
        effective_to,
        network_operator_party_id
    from outcomes
    where outcome = 'accepted'

)

select * from final
