-- Grain: one row per meter point and spell of days for which one network operator is the latest that was named.
with

registrations as (

    select * from {{ ref('stg_registrations') }}

),

user_roles as (

    select * from {{ ref('user_roles') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

ranked as (

    select
        registrations.mpxn_key,
        registrations.effective_from,
        registrations.network_operator_party_id,
        -- Of several periods that start on one day, the import supplier's goes first, then the export supplier's.
        row_number() over (
            partition by registrations.mpxn_key, registrations.effective_from
            order by user_roles.position
        ) as preference
    from registrations
    inner join user_roles
        on registrations.role = user_roles.role
    where registrations.network_operator_party_id is not null

),

final as (

    select
        ranked.mpxn_key,
        ranked.network_operator_party_id,
        parties.party_key as network_operator_key,
        ranked.effective_from as valid_from,
        coalesce(
            lead(ranked.effective_from) over (
                partition by ranked.mpxn_key
                order by ranked.effective_from
            ),
            {{ open_end_day() }}
        ) as valid_to
    from ranked
    inner join parties
        on
            ranked.network_operator_party_id = parties.party_id
            and parties.role = 'ED'
    where ranked.preference = 1

)

select * from final
