-- Grain: one row per record of the registrations feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'registrations') }}

),

register as (

    select * from {{ ref('stg_parties__register') }}

),

{{ typed('registrations') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'unknown_party':
                "(typed.supplier_party_id is not null and typed.role is not null and register.party_id is null) "
                ~ "or (typed.network_operator_party_id is not null and operators.party_id is null)",
            'ends_before_starts': ends_before_starts('registrations'),
        }) }} as reasons
    from typed
    left join register
        on
            typed.supplier_party_id = register.party_id
            and typed.role = register.role
    left join register as operators
        on
            typed.network_operator_party_id = operators.party_id
            and operators.role = 'ED'

),

{{ outcomes('registrations') }}

select * from final
