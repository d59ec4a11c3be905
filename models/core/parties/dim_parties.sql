-- Grain: one row per party and role in the register that holds.
with

parties as (

    select * from {{ ref('stg_parties') }}

),

register as (

    select * from {{ ref('stg_parties__register') }}

),

final as (

    select
        cast(row_number() over (order by parties.party_id, parties.role) as smallint) as party_key,
        parties.party_id,
        parties.role,
        parties.party_name,
        parties.party_category,
        coalesce(parties.corporate_group, parties.party_id) as corporate_group,
        register.valid_from,
        register.valid_to
    from parties
    inner join register
        on
            parties.party_id = register.party_id
            and parties.role = register.role

)

select * from final
