-- Grain: one row per party and role in the register that holds: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_parties__landed') }}

),

final as (

    select
        published_on,
        party_id,
        party_name,
        corporate_group,
        party_category,
        role,
        active_from,
        active_to
    from outcomes
    where outcome = 'accepted'

)

select * from final
