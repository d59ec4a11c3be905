-- Grain: one row per record of the power_outage_timings feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'power_outage_timings') }}

),

register as (

    select * from {{ ref('stg_parties__register') }}

),

{{ typed('power_outage_timings') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'unknown_party':
                "destination_party_id is not null "
                ~ "and destination_role is not null "
                ~ "and register.party_id is null",
            'ends_before_starts': ends_before_starts('power_outage_timings'),
        }) }} as reasons
    from typed
    left join register
        on
            typed.destination_party_id = register.party_id
            and typed.destination_role = register.role

),

{{ outcomes('power_outage_timings') }}

select * from final
