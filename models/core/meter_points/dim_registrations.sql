-- Grain: one row per meter point, role and registration period.
with

registrations as (

    select * from {{ ref('stg_registrations') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

periods as (

    select
        mpxn_key,
        role,
        supplier_party_id,
        effective_from as valid_from,
        -- The last day given, or the day before the next period of the role: whichever is first.
        least(
            coalesce({{ add_days('effective_to', 1) }}, {{ open_end_day() }}),
            coalesce(
                lead(effective_from) over (
                    partition by mpxn_key, role
                    order by effective_from
                ),
                {{ open_end_day() }}
            )
        ) as valid_to
    from registrations

),

final as (

    select
        periods.mpxn_key,
        periods.role,
        periods.supplier_party_id,
        parties.party_key as supplier_key,
        periods.valid_from,
        periods.valid_to
    from periods
    inner join parties
        on
            periods.supplier_party_id = parties.party_id
            and periods.role = parties.role

)

select * from final
