-- Grain: one row per record of the alerts feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'alerts') }}

),

register as (

    select * from {{ ref('stg_parties__register') }}

),

{{ typed('alerts') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'unknown_report_status': "report_status_id not between 1 and 37",
            'unknown_party':
                "destination_party_id is not null "
                ~ "and destination_role is not null "
                ~ "and raised_at is not null "
                ~ "and register.party_id is null",
            'ends_before_starts': ends_before_starts('alerts'),
        }) }} as reasons
    from typed
    left join register
        on
            typed.destination_party_id = register.party_id
            and typed.destination_role = register.role
            and {{ valid_at('register', 'cast(typed.raised_at as date)') }}

),

{{ outcomes('alerts') }}

select * from final
